// What is saved of a change of people is just what differs.

import { expect, it } from "vitest";
import { accessChange } from "../src/dialogs/naming";

it("grants what is new or another role, and takes away what is gone", () => {
  const before = [
    { who: "bob", role: "reader" as const },
    { who: "carol", role: "writer" as const },
    { who: "team:physics", role: "reader" as const },
  ];
  const after = [
    { who: "bob", role: "writer" as const },
    { who: "team:physics", role: "reader" as const },
    { who: "dan", role: "reader" as const },
  ];
  expect(accessChange(before, after)).toEqual({
    grant: [
      { who: "bob", role: "writer" },
      { who: "dan", role: "reader" },
    ],
    revoke: ["carol"],
  });
  expect(accessChange(before, before)).toEqual({ grant: [], revoke: [] });
});
