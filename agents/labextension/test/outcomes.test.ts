// What a command did is said in a line, and what needs a look is a warning.

import { nullTranslator } from "@jupyterlab/translation";
import { describe, expect, it } from "vitest";
import { preview, pulled, pushed, synced } from "../src/outcomes";
import type { PlannedFile, Pulled, Pushed } from "../src/socket";

const trans = nullTranslator.load("hubshare");
const PUSHED: Pushed = { project: "a/c", status: "applied", pushed: 2, conflicts: {}, version: 8, foreign: {} };
const PULLED: Pulled = { project: "a/c", written: ["x"], deleted: [], conflicts: {}, held: {}, version: 8, waiting: 0 };

describe("outcomes", () => {
  it("of a push", () => {
    expect(pushed(PUSHED, trans)).toMatchObject({ kind: "success", message: "Pushed 2 files to a/c: version 8." });
    expect(pushed({ ...PUSHED, status: "nothing", pushed: 0 }, trans).kind).toBe("info");
    expect(pushed({ ...PUSHED, status: "conflict", conflicts: { "a.txt": "edit/edit" } }, trans)).toEqual({
      kind: "warning",
      message: "Pushed 2 files to a/c: version 8. 1 conflict: a.txt",
      conflicts: true,
    });
    expect(pushed({ ...PUSHED, foreign: { "a:b": "Windows" } }, trans).kind).toBe("warning");
  });

  it("of a pull", () => {
    expect(pulled(PULLED, trans)).toMatchObject({ kind: "success", message: "Pulled 1 file of a/c: version 8." });
    expect(pulled({ ...PULLED, written: [] }, trans)).toMatchObject({ kind: "info" });
    expect(pulled({ ...PULLED, written: [], held: { x: "open" } }, trans)).toMatchObject({ kind: "warning" });
  });

  it("of a sync", () => {
    expect(synced({ ...PUSHED, ...PULLED }, trans).message).toBe("a/c: 1 pulled, 2 pushed; version 8.");
    expect(synced({ ...PUSHED, ...PULLED, written: [], pushed: 0 }, trans).message).toBe("a/c is in sync.");
  });
});

it("puts a plan into lists", () => {
  const file = (path: string, way: PlannedFile["way"]): PlannedFile => ({ path, way, change: null, why: "" });
  const files = [file("a", "push"), file("b", "held"), file("c", "conflict"), file("d", "pull"), file("e", "push")];
  const lists = preview(files);
  expect(lists.pushes.map(one => one.path)).toEqual(["a", "e"]);
  expect([lists.pulls, lists.conflicts, lists.held].map(list => list.map(one => one.path))).toEqual([
    ["d"],
    ["c"],
    ["b"],
  ]);
});
