// Of a document that people edit together all who have it open are told what waits for it.

import type { DocumentRegistry } from "@jupyterlab/docregistry";
import { Signal } from "@lumino/signaling";
import { expect, it, vi } from "vitest";
import { SharedDocument } from "../src/documents/shared_document";
import { WindowLink } from "../src/documents/window_link";
import { SharingState } from "../src/state";
import type { IHubShare } from "../src/tokens";
import { HELLO, summary } from "./samples";

function opened(): { document: SharedDocument; shown: (string | null)[]; save: () => void } {
  const state = new SharingState(onEvent => {
    onEvent(HELLO);
    onEvent({ kind: "checkouts", checkouts: [summary("/home/alice/course")], unopened: [], needs: 0, lists: 0 });
    return () => undefined;
  });
  state.connect();
  const shown: (string | null)[] = [];
  const model = { dirty: true, collaborative: true, stateChanged: new Signal<object, object>({}) };
  Object.assign(model, { stateChanged: new Signal(model) });
  const context = { path: "RTC:course/a.txt", model } as unknown as DocumentRegistry.IContext<DocumentRegistry.IModel>;
  const contents = { localPath: (path: string) => path.replace("RTC:", "") };
  const document = new SharedDocument(context, contents, { state } as IHubShare, notice =>
    shown.push(notice?.what ?? null),
  );
  const save = (): void => {
    model.dirty = false;
    model.stateChanged.emit({ name: "dirty" });
  };
  return { document, shown, save };
}

it("says what waits, and that both versions are kept once it is saved", () => {
  const { document, shown, save } = opened();
  document.waits(false);
  document.waits(false);
  expect(shown).toEqual(["waits"]);
  save();
  expect(shown).toEqual(["waits", "both"]);
  document.settled();
  expect(shown).toEqual(["waits", "both", null]);
});

it("says that its file was deleted, and nothing more when something has come", async () => {
  const { document, shown } = opened();
  document.waits(true);
  await document.catchUp();
  expect(shown).toEqual(["deleted", null]);
});

it("is told to the server as shared, by its path there, and hears what waits", () => {
  const sent: unknown[] = [];
  class Socket {
    static last: Socket;
    readyState = WebSocket.OPEN;
    onopen: () => void = () => undefined;
    onmessage: (message: { data: string }) => void = () => undefined;
    constructor() {
      Socket.last = this;
    }
    send(text: string): void {
      sent.push(JSON.parse(text));
    }
  }
  const { document, shown } = opened();
  vi.stubGlobal("window", { location: { href: "http://127.0.0.1/" } });
  const link = new WindowLink({ wsUrl: "ws://127.0.0.1/", WebSocket: Socket } as never);
  link.add(document);
  Socket.last.onopen();
  expect(sent).toEqual([{ do: "stands", path: "course/a.txt", standing: "shared" }]);
  Socket.last.onmessage({ data: JSON.stringify({ do: "waits", path: "course/a.txt", deleted: false }) });
  expect(shown).toEqual(["waits"]);
});
