// Getting what others share, and what a link from the internet leads to: asks first, has it carried out, and shows the folder.

import { askWhatToGet, type Getting, type GettingStart, type Importing } from "../dialogs/get";
import { outside, shortened, wanted } from "../dialogs/links";
import { showLeftOut } from "../dialogs/source";
import type { Outcome } from "../outcomes";
import type { CheckedOut } from "../socket";
import type { SharingState } from "../state";
import type { IHubShare } from "../tokens";
import type { Acts } from "./acts";
import { carryOut, type Button } from "./carry_out";

/** Errors that are about what was chosen: the dialog is shown again, with what was typed. */
const CHOSEN_WRONG = new Set(["invalid", "bad-name", "bad-path", "clash"]);

/** Ask what is to be brought here, and bring it.
 *
 * text: a link or owner/name to begin with; into: the absolute folder that it is to lie in; internet: whether it is something from there. */
export async function get(acts: Acts, text: string, into: string, internet = false): Promise<void> {
  const { settings, state } = acts.hubshare;
  const here = addresses(acts);
  const asked = outside(text, ...here) === null ? wanted(text) : null;
  const there = state.checkouts.find(one => one.project === asked?.project);
  if (asked !== null && there !== undefined) {
    // There is nothing to decide.
    await acts.open(inside(there.folder, asked.file));
    return;
  }
  const start = { text: asked?.project || text, folder: "", auto: settings.auto, internet, fault: "", here };
  await askAndGet(acts, start, into, asked?.file ?? "");
}

/** file: the one that a link names, as long as it is that project. */
async function askAndGet(
  acts: Acts,
  start: Omit<GettingStart, "into" | "known">,
  into: string,
  file = "",
): Promise<void> {
  const { server, state, trans } = acts.hubshare;
  const here = new Set(state.checkouts.map(one => one.project));
  const known = server
    .call("find", { limit: 200 })
    .then(({ projects }) => projects.map(one => one.name).filter(name => !here.has(name)));
  const chosen = await askWhatToGet({ ...start, into: shown(into, state), known }, trans);
  if (chosen === null) {
    return;
  }
  if ("link" in chosen) {
    await importNow(acts, chosen, into);
  } else {
    await getNow(acts, { ...chosen, file: chosen.file || (chosen.project === start.text ? file : "") }, into);
  }
}

/** Bring a project here, after following an invitation to it if there is one; then open it. */
export async function getNow(acts: Acts, getting: Getting, into: string): Promise<void> {
  const { hubshare } = acts;
  const { state, trans } = hubshare;
  let { project } = getting;
  if (getting.invitation) {
    const doing = trans.__("Accepting the invitation");
    const accepted = await carryOut(hubshare, "join", { link: getting.invitation }, { doing, done: () => null });
    if (accepted === null) {
      return;
    }
    project = accepted.project;
  }
  const there = state.checkouts.find(one => one.project === project);
  if (there !== undefined) {
    await acts.open(inside(there.folder, getting.file));
    return;
  }
  const args = { cwd: into, project, folder: getting.folder || null, auto: getting.auto };
  const made = await carryOut(hubshare, "checkout", args, {
    doing: trans.__("Getting %1", project),
    done: answer => gotOutcome(answer, trans),
    buttons: answer => [openButton(acts, answer.folder)],
  });
  if (made !== null) {
    await openGot(acts, made.folder, getting.file);
  }
}

/** Make a project of what a link from the internet leads to, and bring it here; then open it. */
async function importNow(acts: Acts, importing: Importing, into: string): Promise<void> {
  const { hubshare } = acts;
  const { trans } = hubshare;
  const { link, folder, auto, ...source } = importing;
  const { name, ...how } = source;
  const args = { cwd: into, source: link, as: name || null, folder: folder || null, auto, ...how };
  const made = await carryOut(hubshare, "import", args, {
    doing: trans.__("Getting %1", name || shortened(link)),
    done: answer => {
      const got = gotOutcome(answer, trans);
      return answer.left_out.length === 0
        ? got
        : { ...got, kind: "warning", message: `${got.message} ${trans.__("Some of it cannot be held here.")}` };
    },
    buttons: answer => [
      openButton(acts, answer.folder),
      ...(answer.left_out.length === 0
        ? []
        : [
            {
              label: trans.__("What is left out"),
              does: () => void showLeftOut(answer.project, answer.left_out, trans),
            },
          ]),
    ],
    failed: error => {
      if (!CHOSEN_WRONG.has(error.code)) {
        return false;
      }
      const start = { text: link, source, folder, auto, internet: true, fault: error.message, here: addresses(acts) };
      void askAndGet(acts, start, into);
      return true;
    },
  });
  if (made !== null) {
    await openGot(acts, made.folder, made.opens);
  }
}

/** Show a folder that was brought here, and open a file in it, if one is named. */
async function openGot(acts: Acts, folder: string, file: string): Promise<void> {
  await acts.open(folder);
  if (file) {
    await acts.open(inside(folder, file));
  }
}

function openButton(acts: Acts, folder: string): Button {
  return { label: acts.hubshare.trans.__("Open folder"), does: () => void acts.open(folder) };
}

function gotOutcome(answer: CheckedOut, trans: IHubShare["trans"]): Outcome {
  const conflicts = Object.keys(answer.conflicts).length;
  const files = answer.written.length;
  const may = answer.role === "reader" ? trans.__("you can read it") : trans.__("you can edit it");
  const did = trans._n("Checked out %2: %1 file; %3.", "Checked out %2: %1 files; %3.", files, answer.project, may);
  const more = trans._n("%1 file differs from what was there.", "%1 files differ from what was there.", conflicts);
  return conflicts > 0
    ? { kind: "warning", message: `${did} ${more}`, conflicts: true }
    : { kind: "success", message: did, conflicts: false };
}

/** Addresses of this Hub: of HubShare's pages, and of this window. */
function addresses(acts: Acts): [string, string] {
  return [acts.page(), window.location.href];
}

/** Return what a link in the address of this window asks for; null if it asks for nothing. */
export function askedByAddress(address: string): string | null {
  const text = new URL(address).searchParams.get("hubshare");
  return text !== null && wanted(text) !== null ? text : null;
}

/** Return a folder as people know it. */
function shown(folder: string, state: SharingState): string {
  const inLab = state.inLab(folder);
  return inLab === null ? folder : inLab || "/";
}

function inside(folder: string, path: string): string {
  return path ? `${folder}/${path}` : folder;
}
