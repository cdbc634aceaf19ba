// Beginning a project of one's own with the files of another one, and taking what is new there later: each asks first.

import { askHowToFork } from "../dialogs/fork";
import { confirm } from "../dialogs/form";
import { askWhatToTake } from "../dialogs/origin";
import type { Taking } from "../dialogs/taking";
import type { Summary } from "../socket";
import type { Acts } from "./acts";
import { carryOut } from "./carry_out";
import { getNow } from "./getting";

/** Ask what is to be begun from a project, and begin it.
 *
 * project: owner/name; into: the absolute folder that a new folder of it is to lie in. */
export async function fork(acts: Acts, project: string, into: string): Promise<void> {
  const { hubshare } = acts;
  const { server, settings, state, trans } = hubshare;
  const teams = server.call("team-list", {}).then(answer => answer.teams.filter(team => team.mine !== null));
  const start = { project, user: state.hello?.user ?? "", teams, auto: settings.auto };
  const forking = await askHowToFork(start, trans);
  if (forking === null) {
    return;
  }
  const { name, owner, visibility, get, auto } = forking;
  const made = await carryOut(
    hubshare,
    "fork",
    { project, name, owner, visibility },
    {
      doing: trans.__("Starting %1", name),
      done: answer => ({ kind: "success", message: trans.__("%1 is yours now.", answer.name), conflicts: false }),
      buttons: answer => [{ label: trans.__("Show"), does: () => acts.openPage(answer.name) }],
    },
  );
  if (made !== null && get) {
    await getNow(acts, { project: made.name, invitation: "", file: "", folder: "", auto }, into);
  }
}

/** Show what is new where the project of a checkout was begun from, and take what is chosen of it. */
export async function takeFromOrigin(acts: Acts, checkout: Summary): Promise<void> {
  const { server, trans } = acts.hubshare;
  const page = `${acts.page(checkout.project)}/origin`;
  const wanted = await askWhatToTake(checkout.project, page, server, trans);
  if (wanted !== null) {
    await take(acts, checkout, wanted, false);
  }
}

async function take(acts: Acts, checkout: Summary, wanted: Taking, confirmed: boolean): Promise<void> {
  const { trans } = acts.hubshare;
  await carryOut(
    acts.hubshare,
    "origin",
    { ...wanted, confirm: confirmed },
    {
      doing: trans.__("Taking from the origin of %1", checkout.project),
      done: answer => ({
        kind: answer.conflicts.length > 0 ? "warning" : "success",
        conflicts: answer.conflicts.length > 0,
        message: [
          trans.__("%1 has the updates of %2: version %3.", answer.project, answer.origin, answer.version ?? 0),
          answer.conflicts.length > 0
            ? trans._n("%1 file waits for a decision.", "%1 files wait for a decision.", answer.conflicts.length)
            : "",
        ]
          .filter(Boolean)
          .join(" "),
      }),
      buttons: answer => [
        ...(answer.conflicts.length > 0
          ? [{ label: trans.__("Settle…"), does: () => acts.show("conflicts", checkout.folder) }]
          : []),
        ...(checkout.mode === "auto" ? [] : [{ label: trans.__("Pull…"), does: () => void acts.pull(checkout) }]),
      ],
      failed: error => {
        if (confirmed || error.code !== "paused") {
          return false;
        }
        const title = trans.__("Delete these files in %1?", checkout.project);
        void confirm(title, error.message, trans.__("Delete"), trans).then(yes =>
          yes ? take(acts, checkout, wanted, true) : undefined,
        );
        return true;
      },
    },
  );
}
