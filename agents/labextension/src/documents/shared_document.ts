// A document that people edit together: the server keeps it up to date, and what waits is told to all who have it open.

import type { DocumentRegistry } from "@jupyterlab/docregistry";
import type { Contents } from "@jupyterlab/services";
import type { Place } from "../state";
import type { IHubShare } from "../tokens";
import type { Notice } from "./open_document";
import type { Asked, Standing } from "./window_link";

/** One document in one window. */
export class SharedDocument implements Asked {
  private notice: Notice | null = null;

  constructor(
    private readonly context: DocumentRegistry.IContext<DocumentRegistry.IModel>,
    private readonly contents: Pick<Contents.IManager, "localPath">,
    private readonly hubshare: IHubShare,
    private readonly show: (notice: Notice | null) => void,
  ) {
    context.model.stateChanged.connect((model, { name }) => {
      // What was typed is on disk now, beside what is published.
      if (name === "dirty" && !model.dirty && this.notice?.what === "waits") {
        this.tell("both");
      }
    });
  }

  /** As the server knows it, without a drive. */
  get path(): string {
    return this.contents.localPath(this.context.path);
  }

  /** Where it lies in a checkout; null if in none. */
  get place(): Place | null {
    return this.hubshare.state.at(this.context.path);
  }

  /** All that it holds. */
  text(): string {
    return this.context.model.toString();
  }

  standing(): Standing {
    return "shared";
  }

  freeze(): boolean {
    return true;
  }

  thaw(): Promise<void> {
    return Promise.resolve();
  }

  waits(deleted: boolean): void {
    this.tell(deleted ? "deleted" : "waits");
  }

  /** What waited is in place. */
  catchUp(): Promise<void> {
    this.tell(null);
    return Promise.resolve();
  }

  /** Its conflict, if it had one, is over. */
  settled(): void {
    if (this.notice?.what === "both") {
      this.tell(null);
    }
  }

  /** It is of no more interest. */
  dismiss(): void {
    this.tell(null);
  }

  private tell(what: Notice["what"] | null): void {
    const { place } = this;
    if (what !== (this.notice?.what ?? null)) {
      this.notice = what === null || place === null ? null : { what, place };
      this.show(this.notice);
    }
  }
}
