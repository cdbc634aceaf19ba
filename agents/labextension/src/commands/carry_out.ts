// Carries a command of the agent out while a notification tells how far it is, lets it be cancelled, and in the end what it did.

import { Notification, showErrorMessage } from "@jupyterlab/apputils";
import type { TranslationBundle } from "@jupyterlab/translation";
import type { IHubShare } from "../tokens";
import type { Outcome } from "../outcomes";
import { CommandError, type Answer, type Arguments, type CommandName } from "../server";
import { atWork } from "../words";

/** A button of a notification. */
export interface Button {
  label: string;
  does: () => void;
}

/** What is told of a command. */
export interface Telling<Name extends CommandName> {
  /** What is being done, for example "Pushing course". */
  doing: string;
  /** Says what it did; null if nothing is to be told. */
  done: (answer: Answer<Name>) => Outcome | null;
  /** What can be done about that. */
  buttons?: (answer: Answer<Name>) => Button[];
  /** Deals with an error in a way of its own; returns whether it did. */
  failed?: (error: CommandError) => boolean;
}

const SECONDS = 1000;
/** How long an outcome stays; one that needs a person stays until it is closed. */
const STAYS = 8 * SECONDS;
/** So many characters of a message JupyterLab shows. */
const LONGEST = 140;

/** Carry a command out; return its answer, or null if it failed or was cancelled, which was told then. */
export async function carryOut<Name extends CommandName>(
  hubshare: IHubShare,
  command: Name,
  args: Arguments<Name>,
  telling: Telling<Name>,
): Promise<Answer<Name> | null> {
  const { server, trans } = hubshare;
  const stop = new AbortController();
  const cancel = { label: trans.__("Cancel"), callback: () => stop.abort() };
  const id = Notification.emit(`${telling.doing}…`, "in-progress", { autoClose: false, actions: [cancel] });
  try {
    const answer = await server.call(command, args, {
      signal: stop.signal,
      onProgress: (what, done, total) => {
        const words = atWork({ command, what: what === "alive" ? "" : what, done, total }, trans);
        const progress = total > 0 ? { progress: Math.min(done / total, 1) } : {};
        Notification.update({ id, message: `${telling.doing}: ${words}`, ...progress, actions: [cancel] });
      },
    });
    const outcome = telling.done(answer);
    Notification.dismiss(id);
    if (outcome !== null) {
      tell(outcome, telling.buttons?.(answer) ?? []);
    }
    return answer;
  } catch (error) {
    Notification.dismiss(id);
    if (error instanceof CommandError && error.code === "cancelled") {
      Notification.info(trans.__("%1: cancelled.", telling.doing), { autoClose: STAYS });
    } else if (!(error instanceof CommandError && telling.failed?.(error))) {
      tellFault(error instanceof Error ? error.message : String(error), trans);
    }
    return null;
  }
}

/** Tell why something did not work; what is too long for a corner of the window is a click away. */
function tellFault(message: string, trans: TranslationBundle): void {
  const whole = { label: trans.__("Details"), callback: () => void showErrorMessage(trans.__("HubShare"), message) };
  Notification.error(message, { autoClose: false, actions: message.length > LONGEST ? [whole] : [] });
}

/** Tell an outcome. */
export function tell(outcome: Outcome, buttons: Button[]): void {
  Notification.emit(outcome.message, outcome.kind, {
    autoClose: outcome.kind === "warning" ? false : STAYS,
    actions: buttons.map(button => ({ label: button.label, callback: button.does })),
  });
}
