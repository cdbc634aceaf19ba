// What is taken from an origin is offered where there is one.

import { expect, it, vi } from "vitest";
import { Origins } from "../src/commands/origins";
import type { Caller } from "../src/server";

const NONE = { project: null, address: null, label: null, taken: null, newest: null, behind: null, open: null };

it("asks once for each project, and tells when there is no origin", async () => {
  const answers: Record<string, unknown> = {
    "bob/own": NONE,
    "bob/fork": { ...NONE, project: "alice/course" },
    "bob/import": { ...NONE, address: "https://example.org/a.git" },
  };
  const call = vi.fn((_: string, { project }: { project: string }) => Promise.resolve(answers[project]));
  const changed = vi.fn();
  const origins = new Origins({ call } as unknown as Caller, changed);
  for (const project of Object.keys(answers)) {
    expect(origins.has(project)).toBe(true);
  }
  await vi.waitFor(() => {
    expect(changed).toHaveBeenCalledTimes(1);
  });
  expect(Object.keys(answers).map(project => origins.has(project))).toEqual([false, true, true]);
  expect(call).toHaveBeenCalledTimes(3);
});

it("asks again after it could not be answered", async () => {
  const call = vi.fn().mockRejectedValueOnce(new Error("away")).mockResolvedValue(NONE);
  const origins = new Origins({ call }, () => undefined);
  expect(origins.has("bob/own")).toBe(true);
  await vi.waitFor(() => {
    expect(origins.has("bob/own")).toBe(false);
  });
  expect(call).toHaveBeenCalledTimes(2);
});
