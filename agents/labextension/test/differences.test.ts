// What others have written is shown without running or fetching anything, and what has to be picked is known.

import type { IRenderMime } from "@jupyterlab/rendermime";
import { describe, expect, it } from "vitest";
import { runs, undecided } from "../src/differences/cells";
import { OfflineSanitizer, shownOutput } from "../src/differences/hostile";
import type { CellPair } from "../src/socket";

const inner: IRenderMime.ISanitizer = { sanitize: dirty => dirty };
const clean = (dirty: string): string => new OfflineSanitizer(inner).sanitize(dirty);

function pair(same: boolean, differs: boolean): CellPair {
  return { old: { kind: "code", source: "", count: null, outputs: [] }, new: null, same, differs };
}

describe("what others have written", () => {
  it.each([
    '<img src="https://spy/a.png">',
    '<img srcset="https://spy/a.png 2x">',
    '<p style="background: url(https://spy/b)">a</p>',
    '<video poster="//spy/c"></video>',
    "<style>@import 'https://spy/d'</style>",
    '<iframe src="https://spy/e"></iframe>',
    '<object data="https://spy/f"></object>',
  ])("fetches nothing: %s", dirty => {
    expect(clean(dirty)).not.toContain("spy");
  });

  it("keeps an image that is in it, and a link that a person may follow", () => {
    const kept = '<img src="data:image/png;base64,AAAA"><a href="https://example.org/">a</a>';
    expect(clean(kept)).toBe(kept);
  });

  it("is shown in the safest of its forms that says something", () => {
    const html = { output_type: "display_data", data: { "text/html": "<b>a</b>", "text/plain": "a" } };
    expect(shownOutput(html)).toEqual({ how: "rendered", mime: "text/html", text: "<b>a</b>" });
    const script = { output_type: "display_data", data: { "application/javascript": "alert(1)", "text/plain": "a" } };
    expect(shownOutput(script)).toEqual({ how: "text", text: "a" });
    const image = { output_type: "display_data", data: { "image/png": 'x" onerror="alert(1)' } };
    expect(shownOutput(image).how).toBe("text");
  });
});

describe("picking cells", () => {
  const pairs = [pair(true, false), pair(true, false), pair(false, true), pair(false, false), pair(false, true)];

  it("is asked for those that differ", () => {
    expect(undecided(pairs, {})).toEqual([2, 4]);
    expect(undecided(pairs, { "2": "ours" })).toEqual([4]);
  });

  it("folds up what is the same", () => {
    expect(runs(pairs).map(run => [run.place, run.pairs.length, run.same])).toEqual([
      [0, 2, true],
      [2, 1, false],
      [3, 1, false],
      [4, 1, false],
    ]);
  });
});
