// What the panel says of a token: when it was used here last, and for what.

import { nullTranslator } from "@jupyterlab/translation";
import { describe, expect, it } from "vitest";
import { used } from "../src/panel/own";
import type { Token } from "../src/socket";

describe("a token", () => {
  const trans = nullTranslator.load("hubshare");
  const token = { last: null, uses: {} } as unknown as Token;

  it("says that it was never used", () => {
    expect(used(token, trans)).toBe("not used here");
  });

  it("says what was done with it", () => {
    const last = new Date(Date.now() - 7_200_000).toISOString();
    expect(used({ ...token, last, uses: { "git fetch": 31, push: 2 } }, trans)).toBe(
      "used here 2 hours ago, git fetch 31, push 2",
    );
  });
});
