// Which checkouts had conflicts and have none any more.

import type { Summary } from "../socket";

/** The checkouts that had conflicts when one looked last. */
export class Conflicted {
  private readonly folders = new Set<string>();

  /**
   * Return the folders of those that had conflicts before, and have none now.
   *
   * One that has none does not tell that a conflict is over: that of what was saved just now may not have come about yet.
   */
  over(checkouts: readonly Summary[]): string[] {
    const over: string[] = [];
    for (const { folder, counts } of checkouts) {
      if (counts === null) {
        // Nobody has counted yet.
        continue;
      }
      if (counts.conflicts > 0) {
        this.folders.add(folder);
      } else if (this.folders.delete(folder)) {
        over.push(folder);
      }
    }
    return over;
  }
}
