// What is known of the files that the file browser shows: asked for the folder that is shown, and for what of it is seen.

import { Debouncer } from "@lumino/polling";
import { Signal, type ISignal } from "@lumino/signaling";
import type { Mark } from "../socket";
import type { IHubShare } from "../tokens";

/** So long it is waited for more files that come into view, or for more that changes, in milliseconds; longer for many. */
const PAUSE = 150;
const LONG_PAUSE = 1000;
/** So many entries are asked about at a time. */
const MOST = 2000;

/** The marks of one folder at a time. */
export class Marks {
  private folder = "";
  private readonly known = new Map<string, Mark | null>();
  private readonly asked = new Set<string>();
  private readonly paths = new Map<string, string>();
  private readonly soon: Debouncer<void, void, []>;
  private readonly later: Debouncer<void, void, []>;
  private stop = new AbortController();
  private readonly _changed = new Signal<this, readonly string[]>(this);

  constructor(private readonly hubshare: IHubShare) {
    this.soon = new Debouncer(() => this.ask(), PAUSE);
    this.later = new Debouncer(() => this.ask(), LONG_PAUSE);
    hubshare.state.changed.connect(() => this.askAgain());
    hubshare.state.written.connect((_, { folder }) => {
      if (this.folder.startsWith(folder)) {
        this.askAgain();
      }
    });
    hubshare.settings.changed.connect(() => this._changed.emit([...this.paths.values()]));
  }

  /** Emitted with the paths of the file browser whose marks are others than they were. */
  get changed(): ISignal<this, readonly string[]> {
    return this._changed;
  }

  /** Return the mark of a path of the file browser, as far as it is known; null for none. */
  of(labPath: string): Mark | null {
    const { state, settings } = this.hubshare;
    const absolute = settings.marks ? state.absolute(labPath) : null;
    const place = absolute === null ? null : state.place(absolute);
    if (absolute === null || place === null || place.path === "") {
      return null;
    }
    const cut = absolute.lastIndexOf("/");
    const [folder, name] = [absolute.slice(0, cut) || "/", absolute.slice(cut + 1)];
    if (folder !== this.folder) {
      this.forget(folder);
    }
    if (!this.known.has(name)) {
      this.known.set(name, null);
      this.paths.set(name, labPath);
      this.asked.add(name);
      this.askSoon();
    }
    return this.known.get(name) ?? null;
  }

  private forget(folder: string): void {
    this.stop.abort();
    this.stop = new AbortController();
    this.folder = folder;
    this.known.clear();
    this.paths.clear();
    this.asked.clear();
  }

  /** Ask for all that is known once more. */
  private askAgain(): void {
    if (this.known.size > 0) {
      for (const name of this.known.keys()) {
        this.asked.add(name);
      }
      this.askSoon();
    }
  }

  private askSoon(): void {
    void (this.known.size > MOST ? this.later : this.soon).invoke();
  }

  private async ask(): Promise<void> {
    const { server, state } = this.hubshare;
    const names = [...this.asked].slice(0, MOST);
    if (state.link !== "connected" || names.length === 0) {
      return;
    }
    names.forEach(name => this.asked.delete(name));
    const { signal } = this.stop;
    try {
      const { marks } = await server.call("marks", { folder: this.folder, names }, { signal });
      if (signal.aborted) {
        return;
      }
      const others: string[] = [];
      for (const name of names) {
        const [before, now] = [this.known.get(name) ?? null, marks[name] ?? null];
        if (before?.mark !== now?.mark || before?.why !== now?.why) {
          others.push(this.paths.get(name) ?? "");
        }
        this.known.set(name, now);
      }
      if (others.length > 0) {
        this._changed.emit(others);
      }
    } catch {
      // Marks are a comfort: what is wrong is said by the panel. The next change asks again.
    }
    if (this.asked.size > 0) {
      this.askSoon();
    }
  }
}
