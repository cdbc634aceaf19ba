// Beginning a project of one's own with the files of another one: asks first, has it made, and brings it here if that is wanted.

import { askHowToFork } from "../dialogs/fork";
import type { Acts } from "./acts";
import { carryOut } from "./carry_out";
import { getNow } from "./joining";

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
