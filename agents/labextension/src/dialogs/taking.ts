// What is taken of an origin, by what was shown and picked: pure.

import type { AtOrigin, LookAtOrigin } from "../socket";

/** What becomes of a file that was changed in both. */
export type Pick = "ask" | "ours" | "theirs";
/** What is to be taken, as the command `origin` has it. */
export type Taking = Required<Omit<LookAtOrigin, "cwd" | "confirm" | "look">>;

/** Return what is to be taken of what was shown; null if that would change nothing. */
export function taking(shown: AtOrigin, picks: ReadonlyMap<string, Pick>): Taking | null {
  const picked = (pick: Pick): string[] =>
    shown.conflicts.map(one => one.path).filter(path => picks.get(path) === pick);
  const [ours, theirs] = [picked("ours"), picked("theirs")];
  const { project, newest, base } = shown;
  return shown.changes.length + ours.length + theirs.length + shown.more === 0
    ? null
    : { project, take: true, ours, theirs, rest: "ask", newest, base };
}
