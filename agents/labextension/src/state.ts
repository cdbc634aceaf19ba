// What is known of the checkouts on this server, kept from the stream of events: one truth for all parts of the extension.

import { Signal, type ISignal } from "@lumino/signaling";
import type { Event, Hello, Need, Summary, Unopened, Written } from "./socket";

/** Opens a stream of events: see `Server.listen`. */
export type Listen = (onEvent: (event: Event) => void, onEnd: () => void) => () => void;

/** Whether the stream is there: not yet, yes, the agent is away, or the server is. */
export type Link = "connecting" | "connected" | "agent away" | "server away";

/** A path in a checkout. */
export interface Place {
  checkout: Summary;
  /** Relative to the checkout's folder; empty for the folder itself. */
  path: string;
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;

/** What is known of the checkouts. */
export class SharingState {
  private _hello: Hello | null = null;
  private _checkouts: readonly Summary[] = [];
  private _unopened: readonly Unopened[] = [];
  private _waiting: readonly Need[] = [];
  private _needs = 0;
  private _lists = 0;
  private _link: Link = "connecting";
  private _why = "";
  private _close: (() => void) | null = null;
  private _again: ReturnType<typeof setTimeout> | null = null;
  private _wait = FIRST_WAIT;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _written = new Signal<this, Written>(this);

  constructor(private readonly listen: Listen) {}

  /** Emitted when anything here has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted when the agent has put files in place. */
  get written(): ISignal<this, Written> {
    return this._written;
  }

  /** Where this is; null before that is known. */
  get hello(): Hello | null {
    return this._hello;
  }

  /** All checkouts of this server. */
  get checkouts(): readonly Summary[] {
    return this._checkouts;
  }

  /** Checkouts whose state cannot be opened. */
  get unopened(): readonly Unopened[] {
    return this._unopened;
  }

  /** What waits for the person. */
  get waiting(): readonly Need[] {
    return this._waiting;
  }

  /** Whether somebody else than its owner is in front of the server. */
  get visited(): boolean {
    const { person = "", user = "" } = this._hello ?? {};
    return person !== "" && user !== "" && person !== user;
  }

  /** Who asks the person for access to their server. */
  get requests(): Need[] {
    return this.visited ? [] : this._waiting.filter(need => need.about === "server");
  }

  /** What the person was told, and has not read. */
  get told(): Need[] {
    return this.visited ? [] : this._waiting.filter(need => need.about === "told");
  }

  /** How many things need the person. */
  get needs(): number {
    return this._needs;
  }

  /** Counted up when what is shared with the person may have changed. */
  get lists(): number {
    return this._lists;
  }

  /** Whether what is known is kept up to date. */
  get link(): Link {
    return this._link;
  }

  /** Why the agent is away, or what is missing here; empty if nothing. */
  get why(): string {
    return this._why;
  }

  /** Begin to follow; the connection is made again whenever it ends. */
  connect(): void {
    this._close = this.listen(
      event => this._take(event),
      () => this._ended(),
    );
  }

  /** Follow no more. */
  dispose(): void {
    this._close?.();
    if (this._again !== null) {
      clearTimeout(this._again);
    }
    Signal.clearData(this);
  }

  /** Return the absolute path of a path of the file browser; null before it is known where that starts. */
  absolute(labPath: string): string | null {
    const [drive, inside] = split(labPath);
    return this._hello === null || drive !== "" ? null : join(this._hello.root, inside);
  }

  /** Return the path in the file browser of an absolute path; null if it is not shown there. */
  inLab(absolute: string): string | null {
    return this._hello === null ? null : below(this._hello.root, absolute);
  }

  /** Return which checkout a path of the file browser lies in, and where in it; null if in none. */
  at(labPath: string): Place | null {
    const absolute = this.absolute(labPath);
    return absolute === null ? null : this.place(absolute);
  }

  /** Return which checkout an absolute path lies in, the innermost one, and where in it; null if in none. */
  place(absolute: string): Place | null {
    let found: Place | null = null;
    for (const checkout of this._checkouts) {
      const path = below(checkout.folder, absolute);
      if (path !== null && (found === null || checkout.folder.length > found.checkout.folder.length)) {
        found = { checkout, path };
      }
    }
    return found;
  }

  private _take(event: Event): void {
    this._wait = FIRST_WAIT;
    switch (event.kind) {
      case "hello":
        this._hello = event;
        this._why = event.needs;
        break;
      case "checkouts":
        this._checkouts = event.checkouts;
        this._unopened = event.unopened;
        this._needs = event.needs;
        this._lists = event.lists;
        this._why = "";
        this._link = "connected";
        break;
      case "waiting":
        this._waiting = event.needs;
        break;
      case "written":
        this._written.emit(event);
        return;
      case "gone":
        this._why = event.why;
        this._link = "agent away";
        break;
    }
    this._changed.emit();
  }

  private _ended(): void {
    this._link = "server away";
    this._again = setTimeout(() => this.connect(), this._wait);
    this._wait = Math.min(this._wait * 2, LONGEST_WAIT);
    this._changed.emit();
  }
}

/** Return the drive of a path of the file browser, empty for that of the server's files, and the path in it. */
function split(labPath: string): [string, string] {
  const found = /^([^/:]+):(.*)$/s.exec(labPath);
  const [drive = "", inside = ""] = found?.slice(1) ?? ["", labPath];
  // That of documents which people edit together: the same files.
  return [drive === "RTC" ? "" : drive, inside];
}

function join(folder: string, path: string): string {
  const inside = path.replace(/^\/+|\/+$/g, "");
  return inside === "" ? folder : `${folder.replace(/\/$/, "")}/${inside}`;
}

/** Return a path relative to a folder; null if it is not in it. */
function below(folder: string, path: string): string | null {
  if (path === folder) {
    return "";
  }
  const start = folder.endsWith("/") ? folder : `${folder}/`;
  return path.startsWith(start) ? path.slice(start.length) : null;
}
