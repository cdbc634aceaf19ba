// What is said of a mirror, and what is offered to do about it.

import { nullTranslator } from "@jupyterlab/translation";
import { expect, it } from "vitest";
import { isUnderWay, standing } from "../src/dialogs/mirror_words";
import type { Mirror } from "../src/socket";

const trans = nullTranslator.load("hubshare");

const MIRROR: Mirror = {
  id: "1",
  project: "alice/course",
  url: "https://example.org/course.git",
  branch: "main",
  push_on: "version",
  owner: "alice",
  has_secret: true,
  paused: false,
  disabled: null,
  reason: "",
  state: "done",
  message: "",
  said: "",
  in_the_way: "",
  version: 3,
  behind: false,
  pushed: "2026-01-02T03:04:05Z",
  failing_since: null,
  due: null,
  created: "2026-01-01T00:00:00Z",
  log: [],
};

function of(more: Partial<Mirror>): [string, boolean, string] {
  const { words, wrong, acts } = standing({ ...MIRROR, ...more }, trans);
  return [words, wrong, acts.join(" ")];
}

it("says what it has, what is wrong, and what can be done", () => {
  expect(of({})[0]).toMatch(/^It has version 3\. Last push: .*2026/);
  expect(of({})[2]).toBe("push pause");
  expect(of({ version: null, pushed: null })).toEqual(["Not pushed yet.", false, "push pause"]);
  expect(of({ paused: true })).toEqual(["Paused.", false, "resume"]);
  expect(of({ state: "waiting", behind: true })).toEqual(["Pushing now.", false, "pause"]);
  const refused = { state: "refused", message: "It has commits of its own.", behind: true } as const;
  expect(of(refused)).toEqual(["Not taken: It has commits of its own.", true, "push pause"]);
  expect(of({ ...refused, in_the_way: "a".repeat(40) })[2]).toBe("push overwrite pause");
  expect(of({ ...refused, due: "2026-01-02T03:04:05Z" })[0]).toMatch(/its own\. Next try at .*2026/);
  const given = { ...refused, disabled: "2026-01-02T03:04:05Z", reason: "Nothing was taken for seven days." };
  expect(of(given)).toEqual(["Disabled. Nothing was taken for seven days.", true, "resume"]);
});

it("is looked at again only while something is done about it", () => {
  expect(isUnderWay({ ...MIRROR, state: "running" })).toBe(true);
  expect(isUnderWay({ ...MIRROR, state: "waiting", behind: true })).toBe(true);
  for (const more of [{ paused: true }, { disabled: "2026-01-02T03:04:05Z" }]) {
    expect(isUnderWay({ ...MIRROR, state: "waiting", behind: true, ...more })).toBe(false);
  }
  expect(isUnderWay({ ...MIRROR, state: "refused", behind: true, message: "no" })).toBe(false);
});
