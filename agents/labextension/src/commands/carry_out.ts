// Carries a command of the agent out while a notification tells how far it is, lets it be cancelled, and in the end what it did.

import { Notification, showErrorMessage } from "@jupyterlab/apputils";
import type { TranslationBundle } from "@jupyterlab/translation";
import type { IHubShare } from "../tokens";
import type { Outcome } from "../outcomes";
import { CommandError, type Answer, type Arguments, type CommandName } from "../server";
import { atWork } from "../words";
import { whenShown } from "./when_shown";

/** What a notification says. */
type Told = Pick<Outcome, "message"> & { kind: Outcome["kind"] | "error" };

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
    // What the person did is not told where they do not want that.
    const quiet = hubshare.settings.notifications === "needed" && outcome?.kind !== "warning";
    if (outcome === null || quiet) {
      whenShown(id, () => Notification.dismiss(id));
    } else {
      tell(outcome, telling.buttons?.(answer) ?? [], id);
    }
    return answer;
  } catch (error) {
    if (error instanceof CommandError && error.code === "cancelled") {
      tell({ kind: "info", message: trans.__("%1: cancelled.", telling.doing) }, [], id);
    } else if (error instanceof CommandError && telling.failed?.(error)) {
      whenShown(id, () => Notification.dismiss(id));
    } else {
      tellFault(error instanceof Error ? error.message : String(error), trans, id);
    }
    return null;
  }
}

/** Tell why something did not work; what is too long for a corner of the window is a click away. */
function tellFault(message: string, trans: TranslationBundle, id: string): void {
  const whole = { label: trans.__("Details"), does: () => void showErrorMessage(trans.__("HubShare"), message) };
  tell({ kind: "error", message }, message.length > LONGEST ? [whole] : [], id);
}

/**
 * Tell an outcome.
 *
 * A notification without a time is not shown at all, but only kept in JupyterLab's list.
 *
 * @param id - The notification that this takes the place of.
 */
export function tell(outcome: Told, buttons: Button[], id?: string): void {
  const { message, kind } = outcome;
  const stays = kind === "warning" || kind === "error";
  // An event and an act may tell the same: it stands there once, with the buttons of either.
  const same = stays ? Notification.manager.notifications.filter(one => one.message === message && one.id !== id) : [];
  for (const one of same) {
    Notification.dismiss(one.id);
  }
  const actions = buttons.map(button => ({ label: button.label, callback: button.does }));
  const options = {
    autoClose: stays ? (false as const) : STAYS,
    actions: actions.length > 0 ? actions : same.flatMap(one => one.options.actions ?? []),
  };
  if (id === undefined) {
    Notification.emit(message, kind, options);
    return;
  }
  const update = (): boolean => Notification.update({ id, message, type: kind, ...options });
  if (!update()) {
    Notification.emit(message, kind, options);
  } else {
    // It is in JupyterLab's list now, and may be lost for what is just about to be shown.
    whenShown(id, update);
  }
}
