// Which projects were begun from another one, or come from the internet.

import type { Caller } from "../server";

/** Asks for each project once, when somebody wants to know. Menus are not drawn anew while they are open, so until it is answered
 * a project may have an origin: better an entry that leads nowhere than one that is missing. */
export class Origins {
  private readonly known = new Map<string, boolean>();

  /** changed: called when a project turns out to have no origin. */
  constructor(
    private readonly server: Caller,
    private readonly changed: () => void,
  ) {}

  /** Whether a project has, or may have, an origin that the person may know of. */
  has(project: string): boolean {
    const known = this.known.get(project);
    if (known === undefined) {
      this.known.set(project, true);
      void this.ask(project);
    }
    return known ?? true;
  }

  private async ask(project: string): Promise<void> {
    try {
      const origin = await this.server.call("origin-of", { project });
      if (origin.project === null && origin.address === null) {
        this.known.set(project, false);
        this.changed();
      }
    } catch {
      // It is asked once more when somebody wants to know again.
      this.known.delete(project);
    }
  }
}
