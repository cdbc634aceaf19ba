// Letting people take part in a project, and not any more.

import { Clipboard, showErrorMessage } from "@jupyterlab/apputils";
import { askForInvitation, askWhoTakesPart } from "../dialogs/access";
import type { Granting } from "../dialogs/naming";
import { confirm } from "../dialogs/form";
import type { Acts } from "./acts";
import { carryOut } from "./carry_out";
import { completion } from "./joining";

/** Show who takes part, and change that. */
export async function changePeople(acts: Acts, project: string): Promise<void> {
  const { hubshare } = acts;
  const { server, trans } = hubshare;
  let change;
  try {
    change = await askWhoTakesPart(await server.call("who", { project }), completion(hubshare), trans);
  } catch (error) {
    await showErrorMessage(trans.__("People of %1", project), error instanceof Error ? error.message : String(error));
    return;
  }
  for (const one of change?.grant ?? []) {
    await grant(acts, project, one, false);
  }
  for (const who of change?.revoke ?? []) {
    await carryOut(
      hubshare,
      "revoke",
      { project, who },
      {
        doing: trans.__("Removing %1 from %2", who, project),
        done: () => ({
          kind: "success",
          message: trans.__("%1 no longer has access to %2.", who, project),
          conflicts: false,
        }),
      },
    );
  }
}

async function grant(acts: Acts, project: string, one: Granting, unknown: boolean): Promise<void> {
  const { trans } = acts.hubshare;
  await carryOut(
    acts.hubshare,
    "grant",
    { project, who: one.who, role: one.role, unknown },
    {
      doing: trans.__("Granting %1 access to %2", one.who, project),
      done: answer => {
        const message = trans.__("%1 is %2 of %3 now.", answer.who, answer.role, answer.project);
        return { kind: "success", message, conflicts: false };
      },
      failed: error => {
        if (error.code !== "unknown-user" || unknown) {
          return false;
        }
        const title = trans.__("Grant access to somebody whom the Hub does not know?");
        void confirm(title, error.message, trans.__("Grant anyway"), trans).then(yes =>
          yes ? grant(acts, project, one, true) : undefined,
        );
        return true;
      },
    },
  );
}

/** Make a link that lets whoever follows it take part, and put it into the clipboard. */
export async function invite(acts: Acts, project: string): Promise<void> {
  const { trans } = acts.hubshare;
  const wanted = await askForInvitation(project, trans);
  if (wanted === null) {
    return;
  }
  await carryOut(
    acts.hubshare,
    "invite",
    { project, ...wanted },
    {
      doing: trans.__("Creating an invitation to %1", project),
      done: answer => {
        Clipboard.copyToSystem(answer.link);
        return {
          kind: "success",
          message: trans.__("Copied the link of the invitation to %1.", project),
          conflicts: false,
        };
      },
      buttons: answer => [{ label: trans.__("Copy again"), does: () => Clipboard.copyToSystem(answer.link) }],
    },
  );
}
