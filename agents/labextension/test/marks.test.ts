// Marks are asked for what is seen of the folder that is shown, once for all that comes into view together.

import { nullTranslator } from "@jupyterlab/translation";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { draw, markNames } from "../src/files/decorate";
import { Marks } from "../src/files/marks";
import type { Caller } from "../src/server";
import { Preferences } from "../src/settings";
import type { Event, Mark } from "../src/socket";
import { SharingState } from "../src/state";
import { HELLO, summary } from "./samples";

const EDITED: Mark = { mark: "edited", why: "it was edited here" };

function marked(answers: Record<string, Mark>): { marks: Marks; asked: string[][]; tell: (event: Event) => void } {
  let tell: (event: Event) => void = () => undefined;
  const state = new SharingState(onEvent => {
    tell = onEvent;
    return () => undefined;
  });
  state.connect();
  const asked: string[][] = [];
  const call = (_: string, { names }: { names: string[] }): Promise<unknown> => {
    asked.push([...names].sort());
    return Promise.resolve({ project: "alice/course", folder: "", marks: answers });
  };
  const trans = nullTranslator.load("hubshare");
  const marks = new Marks({ server: { call: call as Caller["call"] }, state, settings: new Preferences(), trans });
  tell(HELLO);
  tell({ kind: "checkouts", checkouts: [summary("/home/alice/course")], unopened: [], needs: 0, lists: 0 });
  return { marks, asked, tell: event => tell(event) };
}

describe("marks", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("are asked for once for all that is seen, and again when a checkout has changed", async () => {
    const { marks, asked, tell } = marked({ "a.txt": EDITED });
    const changed = vi.fn();
    marks.changed.connect(changed);
    expect([marks.of("course/a.txt"), marks.of("course/b.txt"), marks.of("course/a.txt")]).toEqual([null, null, null]);
    await vi.advanceTimersByTimeAsync(200);
    expect(asked).toEqual([["a.txt", "b.txt"]]);
    expect([marks.of("course/a.txt"), marks.of("course/b.txt")]).toEqual([EDITED, null]);
    tell({ kind: "checkouts", checkouts: [summary("/home/alice/course")], unopened: [], needs: 0, lists: 0 });
    await vi.advanceTimersByTimeAsync(200);
    expect(asked).toHaveLength(2);
    expect(changed).toHaveBeenCalledTimes(1);
  });

  it("are not asked for outside of a checkout, nor for its folder itself", async () => {
    const { marks, asked } = marked({});
    expect([marks.of("other/a.txt"), marks.of("course"), marks.of("S3:course/a.txt")]).toEqual([null, null, null]);
    await vi.advanceTimersByTimeAsync(200);
    expect(asked).toEqual([]);
  });

  it("of another folder replace those of the one before", async () => {
    const { marks, asked } = marked({});
    marks.of("course/a.txt");
    marks.of("course/week 1/b.txt");
    await vi.advanceTimersByTimeAsync(200);
    expect(asked).toEqual([["b.txt"]]);
  });
});

it("draws a mark beside the name, says why, and takes it away", () => {
  const node = document.createElement("li");
  node.innerHTML = '<div><span class="jp-DirListing-itemText">a.txt</span></div>';
  const names = markNames(nullTranslator.load("hubshare"));
  draw(node, EDITED, names);
  const sign = node.querySelector(".jp-DirListing-itemText + .hs-Mark");
  expect(sign?.getAttribute("aria-label")).toBe("Edited: it was edited here");
  draw(node, { mark: "conflict", why: "" }, names);
  expect([node.querySelectorAll(".hs-Mark").length, sign?.getAttribute("title")]).toEqual([1, "Conflict"]);
  draw(node, null, names);
  expect([node.querySelector(".hs-Mark"), node.dataset["hubshareMark"]]).toEqual([null, undefined]);
});
