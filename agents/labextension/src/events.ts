// What the server extension tells over the event stream, as `hubshare/wire/socket/` describes it.

import type { Refusal, Unopened } from "./socket";

/** What is under way, and how far it has come. */
export interface Step {
  command: string;
  what: string;
  done: number;
  /** 0 if it is not known. */
  total: number;
}

/** How many files of a checkout differ from the project. */
export interface Counts {
  outgoing: number;
  incoming: number;
  conflicts: number;
  held: number;
}

/** How a checkout is, at a glance: as it was seen last, without a look at its folder. */
export interface Summary {
  checkout: string;
  project: string;
  folder: string;
  mode: "manual" | "auto";
  role: "reader" | "writer" | "admin" | "owner";
  policy: "ask" | "ours" | "theirs";
  version: number;
  /** None before the first look. */
  counts: Counts | null;
  reasons: { [key: string]: string };
  pushing: boolean;
  refused: Refusal | null;
  lost: string | null;
  paused: string;
  question: "" | "push" | "pull";
  offline: string;
  unwatched: string;
  step: Step | null;
}

/** Where this is. */
export interface Hello {
  kind: "hello";
  /** The folder that the file browser shows, an absolute path. */
  root: string;
  user: string;
  server: string;
  person: string;
  /** The service's pages: an address, or a path on the origin of this server. */
  pages: string;
  /** What is missing for HubShare to work here; empty if nothing. */
  needs: string;
}

/** All checkouts of the server. */
export interface Checkouts {
  kind: "checkouts";
  checkouts: Summary[];
  unopened: Unopened[];
  needs: number;
}

/** The agent has put files of a checkout in place. */
export interface Written {
  kind: "written";
  project: string;
  folder: string;
  paths: string[];
  deleted: string[];
  everything: boolean;
  version: number;
  by: string | null;
}

/** One thing that needs a person. */
export interface Need {
  about: "conflicts" | "deletions" | "paused" | "refused" | "lost" | "unopened" | "offer";
  project: string;
  folder: string;
  count: number;
  words: string;
}

/** What needs a person; told again when it changes. */
export interface Waiting {
  kind: "waiting";
  needs: Need[];
}

/** The agent is away; when it is back, that is told by `checkouts`. */
export interface Gone {
  kind: "gone";
  why: string;
}

/** What is pushed over the websocket, by `kind`. */
export type Event = Hello | Checkouts | Written | Waiting | Gone;
