// Sharing a folder, and getting what others share: asks first, has it carried out, and tells what came of it.

import { confirm } from "../dialogs/form";
import { askWhatToGet, type Getting } from "../dialogs/get";
import { wanted, type Suggestion } from "../dialogs/naming";
import type { Complete } from "../dialogs/people";
import { askHowToShare, type Sharing } from "../dialogs/share";
import type { CheckedOut, Offer, Shared } from "../socket";
import type { SharingState } from "../state";
import type { IHubShare } from "../tokens";
import type { Acts } from "./acts";
import { carryOut } from "./carry_out";

/** Completes the names of people, teams and groups that one may know of. */
export function completion({ server, trans }: IHubShare): Complete {
  return async (text, signal) => {
    const [kind, query] = /^(team|group):(.*)$/.exec(text)?.slice(1) ?? ["", text];
    const { users, teams, groups } = await server.call("people", { query: query ?? "" }, { signal });
    const named = (names: string[], prefix: string, why: string): Suggestion[] =>
      names.map(name => ({ who: prefix + name, why }));
    return [
      ...(kind === "" ? named(users, "", "") : []),
      ...(kind !== "group" ? named(teams, "team:", trans.__("team")) : []),
      ...(kind !== "team" ? named(groups, "group:", trans.__("group")) : []),
    ];
  };
}

/** Ask how a folder is to be shared, and share it. */
export async function share(acts: Acts, folder: string): Promise<void> {
  const { hubshare } = acts;
  const { server, state, settings, trans } = hubshare;
  const teams = server.call("team-list", {}).then(answer => answer.teams.filter(team => team.mine !== null));
  const sharing = await askHowToShare(
    { folder, user: state.hello?.user ?? "", teams, complete: completion(hubshare), auto: settings.auto },
    trans,
  );
  if (sharing !== null) {
    await shareNow(acts, folder, sharing, false);
  }
}

async function shareNow(acts: Acts, folder: string, sharing: Sharing, unknown: boolean): Promise<void> {
  const { hubshare } = acts;
  const { trans } = hubshare;
  const args = {
    folder,
    as: sharing.as,
    with: sharing.people.map(one => `${one.who}:${one.role}`),
    visibility: sharing.visibility,
    auto: sharing.auto,
    unknown,
  };
  await carryOut(hubshare, "share", args, {
    doing: trans.__("Sharing %1", sharing.as),
    done: answer => sharedOutcome(answer, trans),
    buttons: answer => [
      { label: trans.__("Copy link"), does: () => acts.copyLink(answer.project) },
      { label: trans.__("Show"), does: () => acts.openPage(answer.project) },
    ],
    failed: error => {
      if (error.code !== "unknown-user" || unknown) {
        return false;
      }
      const title = trans.__("Share with somebody whom the Hub does not know?");
      void confirm(title, error.message, trans.__("Share anyway"), trans).then(yes =>
        yes ? shareNow(acts, folder, sharing, true) : undefined,
      );
      return true;
    },
  });
}

function sharedOutcome(answer: Shared, trans: IHubShare["trans"]): ReturnType<typeof outcome> {
  const left = Object.keys(answer.unshared).length;
  const did = trans._n("Shared %2: %1 file.", "Shared %2: %1 files.", answer.pushed, answer.project);
  return left === 0
    ? outcome("success", did)
    : outcome("warning", `${did} ${trans._n("%1 file is left out.", "%1 files are left out.", left)}`);
}

function outcome(
  kind: "success" | "warning",
  message: string,
): {
  kind: "success" | "warning";
  message: string;
  conflicts: boolean;
} {
  return { kind, message, conflicts: false };
}

/** Ask what is to be brought here, and bring it.
 *
 * text: a link or owner/name to begin with; into: the absolute folder that it is to lie in. */
export async function get(acts: Acts, text: string, into: string): Promise<void> {
  const { hubshare } = acts;
  const { server, settings, state, trans } = hubshare;
  const asked = wanted(text);
  const there = state.checkouts.find(one => one.project === asked?.project);
  if (asked !== null && there !== undefined) {
    // There is nothing to decide.
    await acts.open(inside(there.folder, asked.file));
    return;
  }
  const here = new Set(state.checkouts.map(one => one.project));
  const known = server
    .call("find", { limit: 200 })
    .then(({ projects }) => projects.map(one => one.name).filter(name => !here.has(name)));
  const start = { text: asked?.project || text, into: shown(into, state), known, auto: settings.auto };
  const getting = await askWhatToGet(start, trans);
  if (getting !== null) {
    // The file that a link names, as long as it is the same project.
    const file = getting.file || (asked?.project === getting.project ? asked.file : "");
    await getNow(acts, { ...getting, file }, into);
  }
}

/** Bring a project here, after following an invitation to it if there is one; then open it. */
export async function getNow(acts: Acts, getting: Getting, into: string): Promise<void> {
  const { hubshare } = acts;
  const { state, trans } = hubshare;
  let { project } = getting;
  if (getting.invitation) {
    const doing = trans.__("Following the invitation");
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
    buttons: answer => [{ label: trans.__("Open folder"), does: () => void acts.open(answer.folder) }],
  });
  if (made !== null) {
    await acts.open(made.folder);
    if (getting.file) {
      await acts.open(inside(made.folder, getting.file));
    }
  }
}

function gotOutcome(answer: CheckedOut, trans: IHubShare["trans"]): ReturnType<typeof outcome> {
  const conflicts = Object.keys(answer.conflicts).length;
  const files = answer.written.length;
  const may = answer.role === "reader" ? trans.__("you can read it") : trans.__("you can edit it");
  const did = trans._n("Got %2: %1 file; %3.", "Got %2: %1 files; %3.", files, answer.project, may);
  const more = trans._n("%1 file differs from what was there.", "%1 files differ from what was there.", conflicts);
  return conflicts > 0 ? { ...outcome("warning", `${did} ${more}`), conflicts: true } : outcome("success", did);
}

/** Say yes to an offer. */
export async function accept(acts: Acts, offer: Offer): Promise<void> {
  const { trans } = acts.hubshare;
  await carryOut(
    acts.hubshare,
    "accept",
    { offer: offer.id },
    {
      doing: trans.__("Accepting %1", offer.name),
      done: answer =>
        outcome(
          "success",
          answer.kind === "team"
            ? trans.__("You are in the team %1 now.", answer.name)
            : trans.__("%1 is yours now.", answer.name),
        ),
    },
  );
}

/** Say no to an offer. */
export async function decline(acts: Acts, offer: Offer): Promise<void> {
  const { trans } = acts.hubshare;
  const words = trans.__("%1 is not told why.", offer.giver);
  if (await confirm(trans.__("Decline %1?", offer.name), words, trans.__("Decline"), trans)) {
    const doing = trans.__("Declining %1", offer.name);
    await carryOut(acts.hubshare, "decline", { offer: offer.id }, { doing, done: () => null });
  }
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
