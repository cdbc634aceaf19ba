import { expect, it, vi } from "vitest";
import type { Contents } from "@jupyterlab/services";
import type { DocumentRegistry } from "@jupyterlab/docregistry";
import { nullTranslator } from "@jupyterlab/translation";
import { Signal } from "@lumino/signaling";
import { OpenDocument, type View } from "../src/documents/open_document";
import { SharingState } from "../src/state";
import type { IHubShare } from "../src/tokens";
import { HELLO, summary } from "./samples";

/** A text that is open in JupyterLab, and its file; JupyterLab writes and reads as it does with a server. */
class OpenText {
  disk = "one\n";
  answers = true;
  text = "one\n";
  readonly asked: Contents.IFetchOptions[] = [];
  readonly shown: (string | null)[] = [];
  /** What the person types while it is saved. */
  meanwhile = "";
  readonly document: OpenDocument;

  /** Args: read: when it has been read. */
  constructor(private readonly read: Promise<void> = Promise.resolve()) {
    const state = new SharingState(onEvent => {
      onEvent(HELLO);
      onEvent({ kind: "checkouts", checkouts: [summary("/home/alice/course")], unopened: [], needs: 0, lists: 0 });
      return () => undefined;
    });
    state.connect();
    const context = this.context();
    const contents = {
      get: (_: string, options: Contents.IFetchOptions) => {
        this.asked.push(options);
        if (!this.answers) {
          return Promise.reject(new Error("The server does not answer"));
        }
        // As the server does.
        return "format" in options && options.format !== "text"
          ? Promise.reject(new Error(`Format '${String(options.format)}' is invalid`))
          : Promise.resolve({ ...this.known(), content: this.disk, format: options.content ? "text" : null });
      },
    } as unknown as Contents.IManager;
    const view: View = {
      busy: () => false,
      keepingPlace: change => change(),
      show: notice => this.shown.push(notice?.what ?? null),
      updated: () => undefined,
    };
    const trans = nullTranslator.load("hubshare");
    this.document = new OpenDocument(context, contents, { state, trans } as IHubShare, view);
  }

  private known(): object {
    return { type: "file", hash: this.disk, path: "course/a.txt" };
  }

  private context(): DocumentRegistry.IContext<DocumentRegistry.IModel> {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- seen from the objects below
    const self = this;
    const model = {
      dirty: false,
      toString: () => this.text,
      sharedModel: {
        getSource: () => this.text,
        updateSource: (from: number, to: number, by: string) => {
          this.text = this.text.slice(0, from) + by + this.text.slice(to);
        },
      },
      stateChanged: new Signal({}),
    };
    const context = {
      path: "course/a.txt",
      isReady: true as boolean,
      isDisposed: false,
      ready: this.read,
      model,
      contentsModel: { ...this.known(), format: "text" },
      _updateContentsModel(known: object) {
        this.contentsModel = known as typeof context.contentsModel;
      },
      save() {
        self.disk = self.text;
        self.text += self.meanwhile;
        model.dirty = false;
        // What a server answers to a save has no content, and so no format.
        context._updateContentsModel({ ...self.known(), format: null });
        return Promise.resolve();
      },
      revert: () => Promise.reject(new Error("it is taken in in place")),
    };
    return context as unknown as DocumentRegistry.IContext<DocumentRegistry.IModel>;
  }
}

it("shows what comes after the person has saved, too", async () => {
  const open = new OpenText();
  await open.document.context.ready;
  open.text = "one\nbob\n";
  open.document.context.model.dirty = true;
  await open.document.context.save();
  expect(open.disk).toBe("one\nbob\n");
  open.disk = "one\nbob\nalice\n";
  await open.document.catchUp();
  expect(open.text).toBe("one\nbob\nalice\n");
});

it("says that both are kept once an edit of a deleted file is saved", async () => {
  const open = new OpenText();
  await open.document.context.ready;
  open.document.waits(true);
  await open.document.context.save();
  expect(open.shown).toEqual(["deleted"]);
  open.text = "one\nbob\n";
  open.document.context.model.dirty = true;
  await open.document.context.save();
  expect(open.shown).toEqual(["deleted", "kept"]);
  open.document.settled();
  expect(open.shown).toEqual(["deleted", "kept", null]);
});

it.each([
  [false, "waits", "both"],
  [true, "deleted", "kept"],
])("does not say again what waited for its edits once they are saved (deleted: %s)", async (deleted, before, after) => {
  const open = new OpenText();
  await open.document.context.ready;
  open.text = "one\nbob\n";
  open.document.context.model.dirty = true;
  open.document.waits(deleted);
  await open.document.context.save();
  // Found while it was edited, and told when it had been saved.
  open.document.waits(deleted);
  expect(open.shown).toEqual([before, after]);
  open.text = "one\nbob\nmore\n";
  open.document.context.model.dirty = true;
  open.document.waits(deleted);
  expect(open.shown).toEqual([before, after, before]);
});

it("says so when what came could not be shown", async () => {
  const open = new OpenText();
  await open.document.context.ready;
  open.disk = "one\nalice\n";
  open.answers = false;
  await open.document.catchUp();
  expect([open.text, open.shown]).toEqual(["one\n", ["unread"]]);
  open.answers = true;
  await open.document.catchUp();
  expect([open.text, open.shown]).toEqual(["one\nalice\n", ["unread", null]]);
});

it("is not saved as a whole when somebody types meanwhile, nor when a program writes its file", async () => {
  const open = new OpenText();
  await open.document.context.ready;
  open.text = "one\nbob\n";
  open.document.context.model.dirty = true;
  open.meanwhile = "more\n";
  await expect(open.document.saveAll()).rejects.toThrow("was edited while it was saved");
  expect(open.document.edited()).toBe(true);
  open.meanwhile = "";
  await open.document.saveAll();
  expect([open.disk, open.document.edited()]).toEqual(["one\nbob\nmore\n", false]);
  expect(await open.document.isOnDisk()).toBe(true);
  open.disk = "a program's\n";
  expect(await open.document.isOnDisk()).toBe(false);
});

it("has no edits while it could not be read, whatever stands in its place", () => {
  const open = new OpenText();
  Object.assign(open.document.context, { isReady: false });
  open.document.context.model.dirty = true;
  expect([open.document.standing(), open.document.freeze()]).toEqual(["saved", true]);
});

it("takes in what was put on disk while it was being read", async () => {
  let read: () => void = () => undefined;
  const open = new OpenText(new Promise(resolve => (read = resolve)));
  Object.assign(open.document.context, { isReady: false });
  open.disk = "one\nalice\n";
  await open.document.thaw();
  expect(open.text).toBe("one\n");
  Object.assign(open.document.context, { isReady: true });
  read();
  await vi.waitFor(() => expect(open.text).toBe("one\nalice\n"));
});
