// The projects and offers that the centre knows for this person; looked up when the panel is shown and when something has changed.

import { Signal, type ISignal } from "@lumino/signaling";
import { CommandError } from "../server";
import type { Find, Offer, Project } from "../socket";
import type { IHubShare } from "../tokens";

/** Whose projects a list holds; `found` are those of a search. */
export type Which = "mine" | "shared" | "teams" | "found";

/** The beginning of a list of projects. */
export interface ProjectPage {
  projects: readonly Project[];
  /** Where it goes on; null if this is all. */
  next: string | null;
}

const A_PAGE = 20;
const NOTHING: ProjectPage = { projects: [], next: null };

/** What the centre knows. */
export class LibraryState {
  offers: readonly Offer[] = [];
  /** Whether it was looked up at all. */
  known = false;
  /** Why it could not be looked up; empty if it could. */
  fault = "";
  /** What is searched for; empty for nothing. */
  query = "";
  private readonly lists = new Map<Which, ProjectPage>();
  private looking = false;
  private again = false;
  private seen = "";
  private stopSearch = new AbortController();
  private readonly _changed = new Signal<this, void>(this);

  constructor(private readonly hubshare: IHubShare) {
    hubshare.state.changed.connect(() => this.mayLook());
  }

  /** Emitted when anything here has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Whether the person has no project at all. */
  get empty(): boolean {
    return this.known && [...this.lists.values()].every(list => list.projects.length === 0);
  }

  /** Return a list. */
  list(which: Which): ProjectPage {
    return this.lists.get(which) ?? NOTHING;
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
      const whose = ["mine", "shared", "teams"] as const;
      const [{ offers }, ...pages] = await Promise.all([
        server.call("offers", {}),
        ...whose.map(one => server.call("find", { whose: one, limit: A_PAGE })),
      ]);
      this.offers = offers;
      whose.forEach((one, index) => this.lists.set(one, pages[index] ?? NOTHING));
      this.known = true;
      this.fault = "";
    } catch (error) {
      this.fault = this.words(error);
    } finally {
      this.looking = false;
    }
    this._changed.emit();
    if (this.again) {
      this.again = false;
      await this.look();
    }
  }

  /** Search all projects that the person may read; an empty text ends the search. */
  async search(text: string): Promise<void> {
    this.stopSearch.abort();
    this.stopSearch = new AbortController();
    this.query = text.trim();
    if (this.query === "") {
      this.lists.delete("found");
      this._changed.emit();
      return;
    }
    const { signal } = this.stopSearch;
    try {
      const page = await this.hubshare.server.call("find", { query: this.query, limit: A_PAGE }, { signal });
      if (!signal.aborted) {
        this.lists.set("found", page);
        this.fault = "";
        this._changed.emit();
      }
    } catch (error) {
      if (!signal.aborted) {
        this.fault = this.words(error);
        this._changed.emit();
      }
    }
  }

  /** Fetch the next part of a list. */
  async more(which: Which): Promise<void> {
    const before = this.list(which);
    const asked: Find = which === "found" ? { query: this.query } : { whose: which };
    try {
      const page = await this.hubshare.server.call("find", { ...asked, after: before.next, limit: A_PAGE });
      if (this.list(which) === before) {
        this.lists.set(which, { projects: [...before.projects, ...page.projects], next: page.next });
      }
    } catch (error) {
      this.fault = this.words(error);
    }
    this._changed.emit();
  }

  /** Return why something could not be looked up: a visitor of somebody's server is told where it can be. */
  private words(error: unknown): string {
    const { state, trans } = this.hubshare;
    if (state.visited && error instanceof CommandError && error.code === "forbidden") {
      return trans.__(
        "Your own projects are not shown on somebody else’s server. You find them on HubShare’s pages, and on a server of your own.",
      );
    }
    return error instanceof CommandError ? error.message : String(error);
  }

  /** Look if another project is here, the role in one is another, or what is offered has changed. */
  private mayLook(): void {
    const { checkouts, link, lists, waiting } = this.hubshare.state;
    const offers = waiting.filter(need => need.about === "offer").map(need => need.words);
    const now = JSON.stringify([link, lists, checkouts.map(one => [one.project, one.role, one.lost]), offers]);
    if (now !== this.seen) {
      this.seen = now;
      void this.look();
    }
  }
}
