// What is said of one document, in the banners of all widgets that show it.

import type { Version } from "../socket";
import type { Notice } from "./open_document";

/** Says something of a document. */
export interface Says {
  say(notice: Notice | null, version: Version | null, renamed?: string): void;
}

/** What a notice is about: the version that changed the file last, and what the file is now if it was renamed. */
export type About = [version: Version | null, renamed: string];

/** What is said of one document now. */
export class Announcement {
  readonly banners = new Set<Says>();
  private said: Notice | null = null;

  /** Args: find: asks the server what a notice is about. */
  constructor(private readonly find: (notice: Notice) => Promise<About>) {}

  /** Say something at once, or nothing any more; and what it is about as soon as that is known, unless it is over by then. */
  async say(notice: Notice | null): Promise<void> {
    this.said = notice;
    this.tell(notice, null, "");
    if (notice === null) {
      return;
    }
    const about = await this.find(notice);
    if (this.said === notice) {
      this.tell(notice, ...about);
    }
  }

  private tell(notice: Notice | null, ...[version, renamed]: About): void {
    for (const banner of this.banners) {
      banner.say(notice, version, renamed);
    }
  }
}
