import { expect, it } from "vitest";
import { Conflicted } from "../src/documents/conflicted";
import type { Summary } from "../src/socket";
import { summary } from "./samples";

function counted(conflicts: number | null): Summary[] {
  const counts = conflicts === null ? null : ({ conflicts } as Summary["counts"]);
  return [summary("/home/alice/course", { counts }), summary("/home/alice/other", { counts: null })];
}

it("takes no conflict for over that has not come about yet", () => {
  const conflicted = new Conflicted();
  expect([0, 0, 1, 1, null].map(count => conflicted.over(counted(count)))).toEqual([[], [], [], [], []]);
  expect(conflicted.over(counted(0))).toEqual(["/home/alice/course"]);
  expect(conflicted.over(counted(0))).toEqual([]);
});
