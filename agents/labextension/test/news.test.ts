// Conflicts that come by themselves are told once for a project, and for as long as there are any.

import { nullTranslator } from "@jupyterlab/translation";
import { afterEach, expect, it, vi } from "vitest";
import type { Acts } from "../src/commands/acts";
import { tellNews } from "../src/panel/news";
import { Preferences } from "../src/settings";
import type { Event } from "../src/socket";
import { SharingState } from "../src/state";
import { HELLO, summary } from "./samples";

interface Told {
  id: string;
  message: string;
  actions: { callback: () => void }[];
}

const told = vi.hoisted(() => new Map<string, Told>());
vi.mock("@jupyterlab/apputils", () => ({
  Notification: {
    warning: (message: string, { actions }: Pick<Told, "actions">) => {
      const id = String(told.size + 1);
      told.set(id, { id, message, actions });
      return id;
    },
    update: ({ id, message }: Told) => {
      const known = told.get(id);
      told.set(id, { ...(known as Told), message });
      return known !== undefined;
    },
    dismiss: (id: string) => told.delete(id),
  },
}));
vi.mock("../src/commands/carry_out", () => ({ tell: () => undefined }));

afterEach(() => told.clear());

function window_(mode: "auto" | "manual"): { counted: (conflicts: number) => void; shown: string[] } {
  let hear: (event: Event) => void = () => undefined;
  const state = new SharingState(onEvent => {
    hear = onEvent;
    return () => undefined;
  });
  state.connect();
  hear(HELLO);
  const shown: string[] = [];
  const hubshare = { state, settings: new Preferences(), trans: nullTranslator.load("hubshare") };
  tellNews({ hubshare, show: (what: string, folder: string) => shown.push(`${what} ${folder}`) } as unknown as Acts);
  const counted = (conflicts: number): void => {
    const counts = { outgoing: 0, incoming: 0, conflicts, held: 0 };
    const checkouts = [summary("/home/alice/course", { mode, counts })];
    hear({ kind: "checkouts", checkouts, unopened: [], needs: 0, lists: 0 });
  };
  return { counted, shown };
}

const messages = (): string[] => [...told.values()].map(one => one.message);

it("tells once for all files, leads there, and is over with them", () => {
  const { counted, shown } = window_("auto");
  counted(0);
  counted(1);
  counted(3);
  expect(messages()).toEqual(["alice/course has 3 conflicts."]);
  told.get("1")?.actions[0]?.callback();
  expect(shown).toEqual(["conflicts /home/alice/course"]);
  counted(2);
  expect(messages()).toEqual(["alice/course has 3 conflicts."]);
  counted(0);
  expect(messages()).toEqual([]);
});

it("does not tell what was there when the window was opened, nor what a person pulls by hand", () => {
  const open = window_("auto");
  open.counted(2);
  open.counted(2);
  const manual = window_("manual");
  manual.counted(0);
  manual.counted(1);
  expect(messages()).toEqual([]);
});
