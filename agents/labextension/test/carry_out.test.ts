// Outcomes become notifications.

import { beforeEach, expect, it, vi } from "vitest";

interface Shown {
  id: string;
  message: string;
  options: { actions?: { label: string }[] };
}

const shown = vi.hoisted(() => [] as Shown[]);

vi.mock("@jupyterlab/apputils", () => ({
  Notification: {
    manager: { notifications: shown },
    emit: (message: string, _: string, options: Shown["options"]) =>
      void shown.push({ id: `${shown.length}-${message}`, message, options }),
    dismiss: (id: string) =>
      void shown.splice(
        shown.findIndex(one => one.id === id),
        1,
      ),
  },
  showErrorMessage: vi.fn(),
}));

const { tell } = await import("../src/commands/carry_out");

beforeEach(() => void shown.splice(0));

it("tells once what an event and an act say in the same words, with the button of either", () => {
  const unlink = { label: "Unlink…", does: vi.fn() };
  tell({ kind: "warning", message: "You have no access any more." }, [unlink]);
  tell({ kind: "error", message: "You have no access any more." }, []);
  expect(shown.map(one => [one.message, one.options.actions?.map(action => action.label)])).toEqual([
    ["You have no access any more.", ["Unlink…"]],
  ]);
});

it("tells each outcome of an act that is done twice", () => {
  tell({ kind: "success", message: "Pushed 1 file." }, []);
  tell({ kind: "success", message: "Pushed 1 file." }, []);
  expect(shown).toHaveLength(2);
});
