// Sharing a folder, and answering what others offer: asks first, has it carried out, and tells what came of it.

import { confirm } from "../dialogs/form";
import type { Suggestion } from "../dialogs/naming";
import type { Complete } from "../dialogs/people";
import { askHowToShare, type Sharing } from "../dialogs/share";
import type { Offer, Shared } from "../socket";
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
