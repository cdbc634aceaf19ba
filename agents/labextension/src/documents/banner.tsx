// What an open document says of a newer version, above its contents.

import { PathExt } from "@jupyterlab/coreutils";
import type { TranslationBundle } from "@jupyterlab/translation";
import { ReactWidget } from "@jupyterlab/ui-components";
import type { ReactElement } from "react";
import type { Version } from "../socket";
import type { Notice } from "./open_document";

/** What can be done. */
export interface Choices {
  show: (notice: Notice) => void;
  /** Not there where people edit together: none of them decides for all. */
  take?: () => void;
  keep?: () => void;
  reload: () => void;
  settle: (notice: Notice) => void;
  close: () => void;
  /** Go on in the file that it is now. */
  follow: (renamed: string) => void;
  dismiss: () => void;
}

type Button = [string, () => void];

/** Return what a notice says. */
export function words(notice: Notice, version: Version | null, trans: TranslationBundle, renamed = ""): string {
  const by = version?.author ?? trans.__("Somebody");
  const number = version?.number ?? notice.place.checkout.version;
  switch (notice.what) {
    case "waits":
      return trans.__(
        "%1 published version %2 of this file. It waits, since there are edits here that are not saved.",
        by,
        number,
      );
    case "behind":
      return trans.__(
        "%1 published version %2 of this file, which was put in place while you edited. Your edits are here and not saved.",
        by,
        number,
      );
    case "unread":
      return trans.__("This file could not be read again: what is on disk may be newer than what is here.");
    case "deleted":
      if (renamed !== "") {
        return trans.__(
          "%1 renamed this file in version %2: it is %3 now. The old one stays here for as long as it is open.",
          by,
          number,
          renamed,
        );
      }
      return trans.__("%1 deleted this file in version %2. It stays here for as long as it is open.", by, number);
    case "kept":
      return trans.__("%1 deleted this file in version %2. Yours, with what you saved since, is kept.", by, number);
    case "both":
      return trans.__("Your version and version %2, by %1, are both kept.", by, number);
  }
}

/** The banner; empty while there is nothing to say. */
export class Banner extends ReactWidget {
  private notice: Notice | null = null;
  private version: Version | null = null;
  private renamed = "";
  private readonly sized: ResizeObserver;

  constructor(
    private readonly choices: Choices,
    private readonly trans: TranslationBundle,
  ) {
    super();
    this.addClass("hs-Behind");
    this.node.setAttribute("role", "status");
    this.hide();
    this.sized = new ResizeObserver(() => this.takeRoom());
  }

  override dispose(): void {
    this.sized.disconnect();
    super.dispose();
  }

  /** Say something, or nothing; and of a file that was renamed, what it is now. */
  say(notice: Notice | null, version: Version | null, renamed = ""): void {
    this.notice = notice;
    this.version = version;
    this.renamed = renamed;
    this.setHidden(notice === null);
    this.update();
  }

  /** Have all of its words be seen, however narrow it is: what JupyterLab puts above a document is given its least height only. */
  private takeRoom(): void {
    const height = `${Math.ceil(this.node.firstElementChild?.getBoundingClientRect().height ?? 0)}px`;
    if (this.node.style.minHeight !== height) {
      this.node.style.minHeight = height;
      this.parent?.fit();
    }
  }

  protected render(): ReactElement | null {
    const { notice, choices, trans, renamed } = this;
    if (notice === null) {
      return null;
    }
    const buttons: Button[] =
      notice.what === "deleted"
        ? [
            ...(renamed === ""
              ? []
              : [[trans.__("Open %1", PathExt.basename(renamed)), () => choices.follow(renamed)] as Button]),
            [trans.__("Close it"), choices.close],
            [trans.__("Not now"), choices.dismiss],
          ]
        : notice.what === "both" || notice.what === "kept"
          ? [
              [trans.__("Settle…"), () => choices.settle(notice)],
              [trans.__("Later"), choices.dismiss],
            ]
          : notice.what === "unread"
            ? [
                [trans.__("Reload"), choices.reload],
                [trans.__("Not now"), choices.dismiss],
              ]
            : [
                [trans.__("Show"), () => choices.show(notice)],
                ...(choices.take ? [[trans.__("Take it"), choices.take] as Button] : []),
                ...(choices.keep ? [[trans.__("Keep mine"), choices.keep] as Button] : []),
              ];
    return (
      <div
        className="hs-Behind-inside"
        ref={inside => {
          this.sized.disconnect();
          if (inside !== null) {
            this.sized.observe(inside);
          }
        }}
      >
        <span className="hs-Behind-words">{words(notice, this.version, trans, renamed)}</span>
        {buttons.map(([label, does]) => (
          <button key={label} className="hs-Button" onClick={does}>
            {label}
          </button>
        ))}
      </div>
    );
  }
}
