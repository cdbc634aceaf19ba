// A checkout is said to be as it is, the thing that matters most first.

import { nullTranslator } from "@jupyterlab/translation";
import { describe, expect, it } from "vitest";
import type { Summary, Written } from "../src/socket";
import { atWork, glance, published } from "../src/words";
import { summary } from "./samples";

const trans = nullTranslator.load("hubshare");
const counts = { outgoing: 0, incoming: 0, conflicts: 0, held: 0 };

describe("a glance", () => {
  const much = { ...counts, outgoing: 2, incoming: 3, held: 1 };
  it.each<[Partial<Summary>, string, string]>([
    [{ counts, version: 0 }, "fine", "In sync"],
    [{ counts, version: 12 }, "fine", "In sync · v12"],
    [{}, "busy", "Looking…"],
    [{ counts: { ...counts, outgoing: 2 } }, "news", "2 to push"],
    [{ counts: much }, "news", "2 to push · 3 to pull · 1 held back"],
    [{ counts: much, pushing: true }, "busy", "Pushing…"],
    [{ counts: much, pushing: true, waiting: "paused by an admin" }, "busy", "Push: paused by an admin"],
    [{ counts: much, step: { command: "pull", what: "download", done: 1, total: 3 } }, "busy", "Receiving 33 %"],
    [{ counts: much, offline: "The Hub does not answer." }, "off", "Offline"],
    [{ counts: much, refused: { code: "too-large", message: "Too large." } }, "needs", "Push refused"],
    [{ counts: { ...much, conflicts: 1 }, offline: "?" }, "needs", "1 conflict"],
    [{ counts: { ...much, conflicts: 2 } }, "needs", "2 conflicts"],
    [{ counts: { ...much, conflicts: 2 }, paused: "42 files", question: "push" }, "needs", "Asks before it deletes"],
    [{ counts: much, paused: "The folder was replaced." }, "needs", "Paused"],
    [{ counts: much, paused: "?", lost: "alice took it away" }, "off", "Access lost"],
  ])("of %j is %s: %s", (more, tone, text) => {
    expect(glance(summary("/home/alice/course", more), trans)).toMatchObject({ tone, text });
  });

  it("says why something is held back", () => {
    const held = summary("/f", { counts: { ...counts, held: 1 }, reasons: { "a.ipynb": "it is being written" } });
    expect(glance(held, trans).detail).toBe("a.ipynb: it is being written");
  });
});

describe("words", () => {
  it("of what is under way", () => {
    expect(atWork({ command: "push", what: "", done: 0, total: 0 }, trans)).toBe("Working…");
    expect(atWork({ command: "push", what: "upload", done: 999, total: 1000 }, trans)).toBe("Sending 99 %");
    expect(atWork({ command: "import", what: "fetch", done: 0, total: 0 }, trans)).toBe("Fetching…");
  });

  it("of a question, which has buttons: without the commands of a terminal", () => {
    const paused =
      "42 files were deleted here: if they are to be deleted for everybody, run `hubshare push --confirm`.";
    const one = summary("/f", { paused, question: "push", reason: "42 files were deleted here." });
    expect(glance(one, trans).detail).toBe("42 files were deleted here.");
  });

  it("of a pause that no button ends: all of them", () => {
    const paused = "The folder is gone: bring it back, or run `hubshare unlink /f`.";
    expect(glance(summary("/f", { paused, reason: paused }), trans).detail).toBe(paused);
  });
});

const WRITTEN: Written = {
  kind: "written",
  project: "alice/course",
  folder: "/home/bob/course",
  paths: [],
  deleted: [],
  everything: false,
  version: 4,
  by: "alice",
};

describe("what somebody published", () => {
  it.each<[Partial<Written>, string]>([
    [{ paths: ["week 1/a.ipynb"] }, "alice published version 4 of alice/course: a.ipynb."],
    [{ deleted: ["a.ipynb"] }, "alice published version 4 of alice/course: a.ipynb."],
    [{ paths: ["a", "b"], deleted: ["c"] }, "alice published version 4 of alice/course: 3 files here."],
    [{ everything: true }, "alice published version 4 of alice/course."],
  ])("with %j", (more, said) => {
    expect(published({ ...WRITTEN, ...more }, trans)).toBe(said);
  });
});
