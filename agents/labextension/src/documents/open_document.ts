// One open document: it takes in what comes while it has no edits, and loses none of them while it has, whatever is pressed.

import type { Contents } from "@jupyterlab/services";
import type { DocumentRegistry } from "@jupyterlab/docregistry";
import type * as nbformat from "@jupyterlab/nbformat";
import type { ISharedFile, ISharedNotebook } from "@jupyter/ydoc";
import { PromiseDelegate } from "@lumino/coreutils";
import { CommandError } from "../server";
import type { Place } from "../state";
import type { IHubShare } from "../tokens";
import { takeInNotebook, takeInText } from "./take_in";
import type { Asked, Standing } from "./window_link";

/** What a person is to know of an open document. */
export type Notice =
  /** Something newer waits until the edits are saved. */
  | { what: "waits"; place: Place }
  /** Something newer was put on disk while there were edits. */
  | { what: "behind"; place: Place }
  /** What is on disk could not be read, and may be newer. */
  | { what: "unread"; place: Place }
  /** It was deleted in the project. */
  | { what: "deleted"; place: Place }
  /** What was saved and what is published are both kept. */
  | { what: "both"; place: Place }
  /** It was deleted in the project, and what was saved since is kept. */
  | { what: "kept"; place: Place };

/** What JupyterLab keeps to itself: how the file was when it was read or written last. */
interface Knows {
  _updateContentsModel?: (model: Contents.IModel) => void;
}

/** What the view of a document does. */
export interface View {
  /** Whether something runs in it. */
  busy(): boolean;
  /** Change the document, and leave the person where they are in it. */
  keepingPlace(change: () => void): void;
  show(notice: Notice | null): void;
  /** Say that it has changed. */
  updated(place: Place): void;
}

/** A server that does not say that the file is in place does not keep edits from being saved for longer, in milliseconds. */
const FROZEN_MOST = 10_000;

/** One document in one window. */
export class OpenDocument implements Asked {
  private frozen: PromiseDelegate<void> | null = null;
  private saving = 0;
  /** What it held when it was last as on disk; null while that is not known. */
  private saved: string | null = null;
  private notice: Notice | null = null;
  /** Whether something was put on disk before it had been read. */
  private missed = false;
  private taking: Promise<void> = Promise.resolve();
  /** How its content is written in an answer: once it has been saved, JupyterLab knows that no more. */
  private format: Contents.FileFormat | null = null;
  private readonly saveAsJupyter: () => Promise<void>;
  private readonly revertAsJupyter: () => Promise<void>;

  constructor(
    readonly context: DocumentRegistry.IContext<DocumentRegistry.IModel>,
    private readonly contents: Contents.IManager,
    private readonly hubshare: IHubShare,
    private readonly view: View,
  ) {
    this.saveAsJupyter = context.save.bind(context);
    this.revertAsJupyter = context.revert.bind(context);
    context.save = () => this.save();
    context.revert = () => this.revert();
    // When it has just been read nobody has typed yet.
    const fresh = !context.isReady;
    void context.ready.then(() => {
      this.format = context.contentsModel?.format ?? null;
      if (fresh || !context.model.dirty) {
        this.saved = this.essence();
      }
      if (this.missed) {
        // It was read before the file was replaced, or after it.
        void this.catchUp();
      }
    });
  }

  get path(): string {
    return this.context.path;
  }

  /** Where it lies in a checkout; null if in none. */
  get place(): Place | null {
    return this.hubshare.state.at(this.context.path);
  }

  /** All that it holds, as it is saved. */
  text(): string {
    const { model } = this.context;
    return this.isNotebook ? JSON.stringify(model.toJSON()) : model.toString();
  }

  standing(): Standing {
    return this.edited() || this.saving > 0 || this.view.busy() ? "edited" : "saved";
  }

  freeze(): boolean {
    if (this.standing() === "edited") {
      return false;
    }
    if (this.frozen === null) {
      const frozen = (this.frozen = new PromiseDelegate<void>());
      setTimeout(() => this.release(frozen), FROZEN_MOST);
    }
    return true;
  }

  async thaw(): Promise<void> {
    const { frozen } = this;
    try {
      await this.catchUp();
    } finally {
      this.release(frozen);
    }
  }

  waits(deleted: boolean): void {
    if (this.notice?.what === (deleted ? "kept" : "both") && this.standing() === "saved") {
      // It was asked before it was saved, and is told so after that.
      return;
    }
    this.tell(deleted ? "deleted" : "waits");
  }

  /** Take in what is on disk, if that is another content than it was read from. */
  catchUp(): Promise<void> {
    this.taking = this.taking
      .then(() => this.takeIn())
      .catch((error: unknown) => {
        console.warn("HubShare:", this.path, error);
        this.tell("unread");
      });
    return this.taking;
  }

  /** Give the edits up for the published version; they are kept. */
  async takeTheirs(): Promise<void> {
    const { place } = this;
    if (place === null) {
      return;
    }
    await this.keep(place);
    await this.revertAsJupyter();
    this.agree();
    this.tell(null);
    const { folder } = place.checkout;
    await this.hubshare.server.call("pull", { folder });
    await this.catchUp();
  }

  /**
   * Whether it holds anything that is not on disk. That a kernel says what it is makes a notebook differ, and is no edit; nor is
   * what JupyterLab puts in the place of a file that it could not read, in which nobody can type.
   */
  edited(): boolean {
    return this.context.isReady && this.context.model.dirty && (this.saved === null || this.essence() !== this.saved);
  }

  /** Read the file once more; edits are kept. */
  reload(): Promise<void> {
    return this.context.revert();
  }

  /** Save all that it holds.
   *
   * Throws an Error if some of it is not on disk afterwards. */
  async saveAll(): Promise<void> {
    await this.context.save();
    if (this.edited()) {
      throw new Error(this.hubshare.trans.__("%1 was edited while it was saved: try it again.", this.path));
    }
  }

  /** Whether what is on disk is what was saved or read last. */
  async isOnDisk(): Promise<boolean> {
    const now = await this.onDisk(false);
    return now !== null && now.hash === this.context.contentsModel?.hash;
  }

  /** It is of no more interest. */
  dismiss(): void {
    this.tell(null);
  }

  /** Its conflict, if it had one, is over. */
  settled(): void {
    if (this.notice?.what === "both" || this.notice?.what === "kept") {
      this.tell(null);
    }
  }

  /** It is as on disk now. */
  private agree(): void {
    this.saved = this.essence();
    this.context.model.dirty = false;
  }

  /** What of it is a person's. */
  private essence(): string {
    const { model } = this.context;
    if (!this.isNotebook) {
      return model.toString();
    }
    const { metadata, cells } = model.toJSON() as unknown as nbformat.INotebookContent;
    const own = without(metadata, ["language_info", "kernelspec"]);
    const all = cells.map(cell => ({ ...cell, metadata: without(cell.metadata, ["trusted"]) }));
    return JSON.stringify({ cells: all, metadata: own });
  }

  private get isNotebook(): boolean {
    return this.context.contentsModel?.type === "notebook";
  }

  private release(frozen: PromiseDelegate<void> | null): void {
    if (frozen !== null && this.frozen === frozen) {
      this.frozen = null;
      frozen.resolve();
    }
  }

  private tell(what: Notice["what"] | null): void {
    const { place } = this;
    if (what === (this.notice?.what ?? null) || this.context.isDisposed) {
      return;
    }
    this.notice = what === null || place === null ? null : { what, place };
    this.view.show(this.notice);
  }

  private async save(): Promise<void> {
    await this.frozen?.promise;
    this.saving++;
    try {
      const { place } = this;
      if (place !== null && this.context.model.dirty && (await this.differs())) {
        await this.saveBeside(place);
      } else {
        const held = this.essence();
        const edited = this.edited();
        await this.saveAsJupyter();
        this.saved = held;
        if (this.essence() !== held) {
          // JupyterLab takes for saved also what was typed while it saved.
          this.context.model.dirty = true;
        }
        if (this.notice?.what === "waits") {
          this.tell("both");
        } else if (this.notice?.what === "deleted" && edited) {
          this.tell("kept");
        }
      }
    } finally {
      this.saving--;
    }
  }

  private async revert(): Promise<void> {
    const { place } = this;
    if (place !== null && this.edited()) {
      // Where it cannot be kept, giving it up is what was asked for.
      await this.keep(place).catch((error: unknown) => console.warn("HubShare:", this.path, error));
    }
    await this.revertAsJupyter();
    this.agree();
    if (this.notice?.what === "behind" || this.notice?.what === "unread") {
      this.tell(null);
    }
  }

  private async keep({ checkout, path }: Place): Promise<void> {
    await this.hubshare.server.call("keep-edits", { folder: checkout.folder, path, text: this.text() });
  }

  /** Whether the file is another one than this document was read from. */
  private async differs(): Promise<boolean> {
    const known = this.context.contentsModel?.hash;
    const now = await this.onDisk(false);
    return now !== null && !!known && !!now.hash && now.hash !== known;
  }

  /** Save what was edited before its file was replaced: both versions are sides of a conflict then. */
  private async saveBeside({ checkout, path }: Place): Promise<void> {
    const [text, held] = [this.text(), this.essence()];
    try {
      await this.hubshare.server.call("save-edits", { folder: checkout.folder, path, text });
    } catch (error) {
      if (error instanceof CommandError && error.code === "clash") {
        // Another program has written it. Both are kept, so whichever button of JupyterLab's question is pressed nothing is lost.
        await this.saveAsJupyter();
        if (this.notice?.what === "waits") {
          this.tell("both");
        }
        return;
      }
      throw error;
    }
    const now = await this.onDisk(false);
    if (now !== null) {
      this.know(now);
    }
    this.saved = held;
    this.context.model.dirty = this.essence() !== held;
    this.tell("both");
  }

  private async takeIn(): Promise<void> {
    const { context, place } = this;
    if (!context.isReady) {
      this.missed = true;
      return;
    }
    if (context.isDisposed || place === null) {
      return;
    }
    const now = await this.onDisk(true);
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it may have been closed meanwhile
    if (now === null || context.isDisposed || !now.hash || now.hash === context.contentsModel?.hash) {
      if (this.notice?.what === "unread") {
        this.tell(null);
      }
      return;
    }
    // From here to the end nothing can be typed in between.
    if (this.standing() === "edited") {
      this.tell("behind");
      return;
    }
    if (!("_updateContentsModel" in context) || this.otherLineEnds(now.content as unknown)) {
      await this.revertAsJupyter();
    } else {
      this.view.keepingPlace(() => {
        if (this.isNotebook) {
          takeInNotebook(context.model.sharedModel as ISharedNotebook, now.content as nbformat.INotebookContent);
        } else {
          takeInText(context.model.sharedModel as ISharedFile, now.content as string);
        }
      });
      this.know(now);
    }
    this.agree();
    this.tell(null);
    this.view.updated(place);
  }

  /** Whether a text ends its lines in another way than JupyterLab expects of all. */
  private otherLineEnds(content: unknown): boolean {
    return typeof content === "string" && content.includes("\r");
  }

  private know(model: Contents.IModel): void {
    (this.context as unknown as Knows)._updateContentsModel?.(model);
  }

  private async onDisk(content: boolean): Promise<Contents.IModel | null> {
    const { type } = this.context.contentsModel ?? {};
    const options: Contents.IFetchOptions = { content, hash: true };
    if (content && type !== undefined) {
      options.type = type;
      if (this.format !== null) {
        options.format = this.format;
      }
    }
    try {
      return await this.contents.get(this.path, options);
    } catch (error) {
      if ((error as { response?: { status?: number } }).response?.status === 404) {
        return null;
      }
      throw error;
    }
  }
}

function without(metadata: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !names.includes(name)));
}
