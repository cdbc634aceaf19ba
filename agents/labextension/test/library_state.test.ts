// What is shared with the person is looked up again as soon as it is told that it has changed, and not else.

import { nullTranslator } from "@jupyterlab/translation";
import { describe, expect, it, vi } from "vitest";
import { LibraryState } from "../src/panel/library_state";
import { CommandError } from "../src/server";
import type { Event } from "../src/socket";
import { SharingState } from "../src/state";
import type { IHubShare } from "../src/tokens";
import { HELLO } from "./samples";

describe("the projects shared with the person", () => {
  it("are those that there are now, once it is told that they have changed", async () => {
    let tell: (event: Event) => void = () => undefined;
    const state = new SharingState(onEvent => {
      tell = onEvent;
      return () => undefined;
    });
    let shared: { name: string }[] = [];
    const call = vi.fn((command: string, asked: { whose?: string }) =>
      Promise.resolve(
        command === "offers" ? { offers: [] } : { projects: asked.whose === "shared" ? shared : [], next: null },
      ),
    );
    const trans = nullTranslator.load("hubshare");
    const library = new LibraryState({ state, server: { call }, trans } as unknown as IHubShare);
    const told = (lists: number): void => tell({ kind: "checkouts", checkouts: [], unopened: [], needs: 0, lists });
    state.connect();
    told(0);
    await vi.waitFor(() => expect(library.known).toBe(true));
    const before = call.mock.calls.length;
    told(0);
    expect(call.mock.calls.length).toBe(before);

    shared = [{ name: "bob/data" }];
    told(1);
    await vi.waitFor(() => expect(library.list("shared").projects).toEqual(shared));
    shared = [];
    told(2);
    await vi.waitFor(() => expect(library.list("shared").projects).toEqual([]));
    expect(call.mock.calls.length).toBe(3 * before);
  });

  it("are said to be elsewhere on somebody else's server, which may not ask for a visitor's", async () => {
    let tell: (event: Event) => void = () => undefined;
    const state = new SharingState(onEvent => {
      tell = onEvent;
      return () => undefined;
    });
    const refusal = new CommandError("forbidden", "This token does not allow access to HubShare: ask an admin.");
    const call = vi.fn(() => Promise.reject(refusal));
    const trans = nullTranslator.load("hubshare");
    const library = new LibraryState({ state, server: { call }, trans } as unknown as IHubShare);
    state.connect();
    tell(HELLO);
    tell({ kind: "checkouts", checkouts: [], unopened: [], needs: 0, lists: 0 });
    await vi.waitFor(() => expect(library.fault).toBe(refusal.message));
    tell({ ...HELLO, person: "bob" });
    await library.look();
    expect(library.fault).toContain("not shown on somebody else’s server");
  });
});
