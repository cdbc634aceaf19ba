// The projects, teams and offers that the centre knows for this person; looked up when the panel is shown and when something has changed.

import { Signal, type ISignal } from "@lumino/signaling";
import { CommandError } from "../server";
import type { Offer, Project, Team } from "../socket";
import type { IHubShare } from "../tokens";

/** What the centre knows. */
export class LibraryState {
  projects: readonly Project[] = [];
  teams: readonly Team[] = [];
  offers: readonly Offer[] = [];
  /** Whether it was looked up at all. */
  known = false;
  /** Why it could not be looked up; empty if it could. */
  fault = "";
  private looking = false;
  private again = false;
  private seen = "";
  private readonly _changed = new Signal<this, void>(this);

  constructor(private readonly hubshare: IHubShare) {
    hubshare.state.changed.connect(() => this.mayLook());
  }

  /** Emitted when anything here has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Look everything up; once more afterwards, if this is called meanwhile. */
  async look(): Promise<void> {
    if (this.hubshare.state.link !== "connected") {
      return;
    }
    if (this.looking) {
      this.again = true;
      return;
    }
    this.looking = true;
    const { server } = this.hubshare;
    try {
      const [listed, teams, offers] = await Promise.all([
        server.call("list", {}),
        server.call("team-list", {}),
        server.call("offers", {}),
      ]);
      this.projects = listed.projects;
      this.teams = teams.teams;
      this.offers = offers.offers;
      this.known = true;
      this.fault = "";
    } catch (error) {
      this.fault = error instanceof CommandError ? error.message : String(error);
    } finally {
      this.looking = false;
    }
    this._changed.emit();
    if (this.again) {
      this.again = false;
      await this.look();
    }
  }

  /** Look if another project is here, the role in one is another, or the number of things that wait has changed. */
  private mayLook(): void {
    const { checkouts, link, waiting } = this.hubshare.state;
    const offers = waiting.filter(need => need.about === "offer").map(need => need.words);
    const now = JSON.stringify([link, checkouts.map(one => [one.project, one.role, one.lost]), offers]);
    if (now !== this.seen) {
      this.seen = now;
      void this.look();
    }
  }
}
