// What the extension knows of checkouts follows what is told, and finds the checkout of a path.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Event } from "../src/socket";
import { SharingState } from "../src/state";
import { HELLO, summary } from "./samples";

/** A state, what tells it of events, and what ends its stream. */
function followed(): { state: SharingState; tell: (event: Event) => void; end: () => void; opened: () => number } {
  let tell: (event: Event) => void = () => undefined;
  let end: () => void = () => undefined;
  let opened = 0;
  const state = new SharingState((onEvent, onEnd) => {
    [tell, end] = [onEvent, onEnd];
    opened += 1;
    return () => undefined;
  });
  state.connect();
  return { state, tell: event => tell(event), end: () => end(), opened: () => opened };
}

describe("paths", () => {
  it("finds the innermost checkout of a path of the file browser", () => {
    const { state, tell } = followed();
    const [outer, inner] = [summary("/home/alice/course"), summary("/home/alice/course/data")];
    tell(HELLO);
    tell({ kind: "checkouts", checkouts: [outer, inner], unopened: [], needs: 0, lists: 0 });
    expect(state.at("course/one.ipynb")).toEqual({ checkout: outer, path: "one.ipynb" });
    expect(state.at("course/data/a/b.csv")).toEqual({ checkout: inner, path: "a/b.csv" });
    expect(state.at("RTC:course")).toEqual({ checkout: outer, path: "" });
    expect(state.at("course2/one.ipynb")).toBeNull();
    expect(state.at("S3:course/one.ipynb")).toBeNull();
  });

  it("turns absolute paths into those of the file browser and back", () => {
    const { state, tell } = followed();
    expect(state.absolute("course")).toBeNull();
    tell({ ...HELLO, root: "/" });
    expect(state.absolute("/course/a b.txt")).toBe("/course/a b.txt");
    expect(state.inLab("/course/a b.txt")).toBe("course/a b.txt");
    tell(HELLO);
    expect(state.absolute("")).toBe("/home/alice");
    expect(state.inLab("/srv/shared")).toBeNull();
  });
});

describe("a server that somebody visits", () => {
  const rest = { project: "alice/course", folder: "", count: 1, page: "" };
  const need = { ...rest, about: "server" as const, words: "bob asks", number: 0 };
  const told = { ...rest, about: "told" as const, words: "You have no access", number: 7 };

  it("tells who asks for it, and what its owner was told, to its owner alone", () => {
    const { state, tell } = followed();
    expect(state.visited).toBe(false);
    tell(HELLO);
    tell({ kind: "waiting", needs: [need, told] });
    expect([state.visited, state.requests, state.told]).toEqual([false, [need], [told]]);
    tell({ ...HELLO, person: "bob" });
    expect([state.visited, state.requests, state.told]).toEqual([true, [], []]);
    // Without a Hub nobody is known, and so nobody is a visitor.
    tell({ ...HELLO, person: "" });
    expect(state.visited).toBe(false);
  });
});

describe("the stream", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is opened again after it ended, sooner at first than later", () => {
    const { state, tell, end, opened } = followed();
    tell({ kind: "checkouts", checkouts: [], unopened: [], needs: 0, lists: 0 });
    expect(state.link).toBe("connected");
    end();
    expect(state.link).toBe("server away");
    vi.advanceTimersByTime(500);
    expect(opened()).toBe(2);
    end();
    vi.advanceTimersByTime(999);
    expect(opened()).toBe(2);
    vi.advanceTimersByTime(1);
    expect(opened()).toBe(3);
  });

  it("says that the agent is away, and why, until it tells of its checkouts again", () => {
    const { state, tell } = followed();
    tell({ kind: "gone", why: "It was stopped." });
    expect([state.link, state.why]).toEqual(["agent away", "It was stopped."]);
    tell({ kind: "checkouts", checkouts: [], unopened: [], needs: 2, lists: 0 });
    expect([state.link, state.why, state.needs]).toEqual(["connected", "", 2]);
  });
});
