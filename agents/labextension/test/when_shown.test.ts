// What is told of a notification that JupyterLab does not show yet is told once it does.

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { whenShown } from "../src/commands/when_shown";

function show(id: string): HTMLElement {
  const container = document.body.appendChild(document.createElement("div"));
  const shown = container.appendChild(document.createElement("div"));
  shown.id = id;
  return shown;
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

it("acts when what is shown has settled", async () => {
  show("one");
  const act = vi.fn();
  whenShown("one", act);
  expect(act).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(100);
  expect(act).toHaveBeenCalledOnce();
});

it("waits until it is shown, and acts once", async () => {
  const act = vi.fn();
  whenShown("one", act);
  show("other");
  await vi.advanceTimersByTimeAsync(0);
  expect(act).not.toHaveBeenCalled();
  show("one");
  await vi.advanceTimersByTimeAsync(0);
  show("more");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(act).toHaveBeenCalledOnce();
});

it("waits no longer than half a minute", async () => {
  const act = vi.fn();
  whenShown("one", act);
  await vi.advanceTimersByTimeAsync(30_001);
  expect(act).toHaveBeenCalledOnce();
});
