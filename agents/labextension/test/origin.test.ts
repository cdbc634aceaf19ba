// What is taken of an origin is what was shown and picked.

import { expect, it } from "vitest";
import { taking } from "../src/dialogs/taking";
import type { AtOrigin } from "../src/socket";

const SHOWN: AtOrigin = {
  project: "bob/mine",
  origin: "alice/course",
  behind: 1,
  version: null,
  newest: 7,
  base: 3,
  changes: [],
  settled: 0,
  conflicts: ["a", "b", "c"].map(path => ({ path, kind: "edited on both sides" })),
  more: 0,
};

it("names the files that were picked, and what it was decided on", () => {
  const picks = new Map([
    ["a", "ours"],
    ["c", "theirs"],
    ["gone", "theirs"],
  ] as const);
  expect(taking(SHOWN, picks)).toEqual({
    project: "bob/mine",
    take: true,
    ours: ["a"],
    theirs: ["c"],
    rest: "ask",
    newest: 7,
    base: 3,
  });
});

it("is nothing while nothing is new and nothing was decided", () => {
  expect(taking(SHOWN, new Map())).toBeNull();
  expect(taking({ ...SHOWN, changes: [{ path: "new", change: "add" }] }, new Map())).not.toBeNull();
});
