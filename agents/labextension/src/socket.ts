// Made by `make types` from `hubshare/wire/socket/`: do not edit.

/** Accept an offer. */
export interface AcceptOffer {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** Its id. */
  offer: string;
  /** Another name for the project. */
  name?: string | null;
}

/** What following an invitation gave. */
export interface Accepted {
  project: string;
  role: "reader" | "writer" | "admin" | "owner";
}

/** A person who has a role on a project. */
export interface Accessor {
  user: string;
  role: "reader" | "writer" | "admin" | "owner";
  through: Through[];
}

/** Push to a mirror now, stop it for a while, have it go on, or take it away. */
export interface ActOnMirror {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
  url: string;
  /** Where there are several at this address. */
  branch?: string | null;
  act: "push" | "pause" | "resume" | "delete";
  /** The commit there that is given up, or how it begins. */
  overwrites?: string;
}

/** Show readers a release first, or no more, or take it away. */
export interface ActOnRelease {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
  name: string;
  act: "pin" | "unpin" | "delete";
}

/** Try a webhook, stop it for a while, have it go on, give it a new secret, or take it away. */
export interface ActOnWebhook {
  /** The folder that relative paths start from. */
  cwd?: string;
  url: string;
  act: "test" | "pause" | "resume" | "secret" | "delete";
}

/** An agent. */
export interface Alive {
  pid: number;
  /** Name of the single-user server. */
  server: string;
  /** The Hub user; empty before the centre has said so. */
  user: string;
  /** Why the link to the centre is down; empty if it is up. */
  fault: string;
}

/** Archive a project, or undo that. */
export interface Archive {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
  undo?: boolean;
}

/** Ask a project's owner for access to the owner's running server. */
export interface AskServer {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
}

/** Name everybody who has a role of their own on a project, and through what. */
export interface AskWho {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
}

/** What is new at an origin, or was taken. */
export interface AtOrigin {
  project: string;
  origin: string;
  /** So many versions of it have not been taken. */
  behind: number;
  /** The project's version after it was taken; None if it was only shown. */
  version: number | null;
  /** The origin's version that this is about. */
  newest: number;
  /** The project's version on which this rests. */
  base: number;
  /** The first 500 of each kind. */
  changes: Change[];
  /** How many conflicts were settled by it. */
  settled: number;
  /** Those that stay open, the first 500. */
  conflicts: OpenConflict[];
  /** How many more changes and conflicts there are. */
  more: number;
}

/** List what was done to a project, or to a team and the projects that it owns (`team:NAME`); the newest first. */
export interface Audit {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
  /** How many entries. */
  limit?: number;
}

/** What was done. */
export interface AuditEntries {
  of: string;
  entries: AuditEntry[];
}

/** One thing that somebody did. */
export interface AuditEntry {
  id: number;
  time: string;
  user: string;
  action: string;
  /** The project or team, as it was called then. */
  name: string;
  /** `api`, `git`, `agent`, `page` or `hub`. */
  door: string;
  /** Note of the token; never its value. */
  token: string;
  details: { [key: string]: unknown };
}

/** Switch automatic syncing of this checkout on or off. */
export interface Auto {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** A folder in the checkout; `cwd` if not given. */
  folder?: string | null;
  on: boolean;
}

/** Stop what is under way in this checkout, as far as it has not been sent yet. */
export interface Cancel {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** A folder in the checkout; `cwd` if not given. */
  folder?: string | null;
}

/** Have an act on many jobs carried out, and wait for its end; stopped, it goes no further. */
export interface CarryOutJobAct {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** Only those in this state. */
  state?: "queued" | "running" | "waiting" | "done" | "refused" | "failed" | "cancelled" | "lost" | "retried" | null;
  /** Only those of this kind. */
  kind?: string | null;
  /** owner/name; only those about this project. */
  project?: string | null;
  /** Only those that were put on the queue within so many hours. */
  hours?: number | null;
  /** Only those whose error holds this. */
  text?: string | null;
  /** What is to be done about them. */
  verb: "retry" | "cancel" | "delete";
  /** Whose. */
  user?: string | null;
  /** Of the preview that was looked at: just that is done. Null: whatever is like that now. */
  confirm?: string | null;
}

/** Cells of both versions that belong together, or one that only one of them has. */
export interface CellPair {
  old: NotebookCell | null;
  /** None as well where `same` is. */
  new: NotebookCell | null;
  /** Whether both are equal to the last output; only `old` is given then. */
  same: boolean;
  /** Whether there is something to decide; outputs and counts of executions are not. */
  differs: boolean;
}

/** One path that a push or a pull would change. */
export interface Change {
  path: string;
  change: "add" | "edit" | "delete";
}

/** Say how a project follows its source, and which branch of it, or forget the password for it. */
export interface ChangeSource {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
  follow?: "manual" | "hourly" | "daily" | null;
  /** Taken from now on; "" for what the repository shows first. */
  branch?: string | null;
  /** Whether the history is kept from now on. */
  history?: boolean | null;
  user?: string | null;
  /** "" forgets the one that is kept. */
  secret?: string | null;
}

/** A new checkout. */
export interface CheckedOut {
  project: string;
  written: string[];
  deleted: string[];
  /** Path to kind. */
  conflicts: { [key: string]: string };
  /** What was left alone: path to reason. */
  held: { [key: string]: string };
  version: number;
  /** How many changes are still to be pulled. */
  waiting: number;
  folder: string;
  role: "reader" | "writer" | "admin" | "owner";
}

/** Bring a project into a new folder, or join it to one that holds files already. */
export interface Checkout {
  /** The folder that relative paths start from. */
  cwd?: string;
  project: string;
  /** The project's name in `cwd` if not given. */
  folder?: string | null;
  auto?: boolean;
  /** Although programs are run from that folder. */
  programs?: boolean;
}

/** A checkout on this server. */
export interface CheckoutLine {
  project: string;
  folder: string;
  mode: "manual" | "auto";
  role: "reader" | "writer" | "admin" | "owner";
  version: number;
  /** Why there is no access any more. */
  lost: string | null;
}

/** What becomes of conflicts in a checkout. */
export interface CheckoutPolicy {
  project: string;
  policy: "ask" | "ours" | "theirs";
}

/** How a checkout is. */
export interface CheckoutStatus {
  /** What a person has to do before it goes on, in a terminal; empty if nothing. */
  paused: string;
  /** Why, without the commands that answer it; empty if nothing is paused. */
  reason: string;
  /** Which command with `confirm` says yes to what is asked about deletions; empty if nothing is asked. */
  question: "" | "push" | "pull";
  project: string;
  folder: string;
  mode: "manual" | "auto";
  role: "reader" | "writer" | "admin" | "owner";
  policy: "ask" | "ours" | "theirs";
  outputs: "share" | "strip";
  /** What settings of the project mean here, and what is to be known of open files. */
  remarks: string[];
  version: number;
  files: number;
  outgoing: StatusChange[];
  incoming: StatusChange[];
  conflicts: OpenConflict[];
  /** What is left alone: path to reason. */
  held: { [key: string]: string };
  /** What is left out: path to reason. */
  unshared: { [key: string]: string };
  /** Pairs of paths that are one file on a Mac or on Windows. */
  twins: string[][];
  /** What Windows or a Mac cannot hold: path to reason. */
  foreign: { [key: string]: string };
  /** Whether a push is under way. */
  pushing: boolean;
  /** Where that stands in line, in words; empty where it is not known. */
  waiting: string;
  refused: Refusal | null;
  /** Why there is no access any more. */
  lost: string | null;
  /** Why the centre cannot be reached; empty if it can. */
  offline: string;
  /** What is under way for so long that the rest is as it was seen last; empty if nothing. */
  busy: string;
  /** Why changes are not noticed at once; empty if they are. */
  unwatched: string;
}

/** All checkouts of the server. */
export interface Checkouts {
  kind: "checkouts";
  checkouts: Summary[];
  /** Checkouts whose state cannot be opened. */
  unopened: Unopened[];
  /** How many things need a person; offers are counted apart. */
  needs: number;
  /** Counted up when what is shared with the user may have changed: whoever shows it looks it up again. */
  lists: number;
}

/** A project, and what its settings mean. */
export interface Configured {
  /** Whether outputs of notebooks are shared, or stripped by whoever pushes. */
  outputs: "share" | "strip";
  /** Who may read it without a grant: nobody, everybody signed in, or anybody. */
  visibility: "private" | "hub" | "public";
  /** What the project says of itself. */
  description: string;
  /** How many files a push may delete without a confirmation; null for what holds on the whole Hub, which is the most. */
  brake: number | null;
  id: string;
  /** owner/name */
  name: string;
  owned_by_team: boolean;
  /** The caller's; null for an admin of the Hub without one. */
  role: "reader" | "writer" | "admin" | "owner" | null;
  version: number;
  commit: string;
  /** Counts changes of settings and access; the ETag. */
  revision: number;
  created: string;
  archived: string | null;
  deleted: string | null;
  /** The settings that were asked for: name to words. */
  says: { [key: string]: string };
}

/** List the open conflicts of this checkout. */
export interface Conflicts {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** A folder in the checkout; `cwd` if not given. */
  folder?: string | null;
}

/** A copy that somebody took and still has. */
export interface Copy {
  project: string;
  kind: "checkout" | "clone" | "archive";
  /** For a checkout: server and folder. */
  where: string;
  version: number | null;
  time: string;
}

/** How many files of a checkout differ from the project. */
export interface Counts {
  /** To be pushed. */
  outgoing: number;
  /** To be pulled. */
  incoming: number;
  conflicts: number;
  /** Left alone for now; `reasons` says why. */
  held: number;
}

/** Decline an offer. */
export interface DeclineOffer {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** Its id. */
  offer: string;
  /** Hear of nothing more that this person offers. */
  always?: boolean;
}

/** An offer that was declined. */
export interface Declined {
  /** Its id. */
  declined: string;
  always: boolean;
}

/** Put a project into the trash. */
export interface Delete {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
}

/** A project in the trash. */
export interface Deleted {
  project: string;
  deleted: boolean;
}

/** Set a project's description. */
export interface Describe {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
  text: string;
}

/** Give two versions of a file, to be shown side by side. */
export interface Difference {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** A folder in the checkout; `cwd` if not given. */
  folder?: string | null;
  /** Relative to `folder`. */
  path: string;
  /** `disk`: what is in the folder; `published`: the known published version; `base`: what both last agreed on; `kept:NUMBER`: one that `kept` lists; `none`: nothing; else a version, as `v3` or by its commit. */
  old?: string;
  /** `disk`: what is in the folder; `published`: the known published version; `base`: what both last agreed on; `kept:NUMBER`: one that `kept` lists; `none`: nothing; else a version, as `v3` or by its commit. */
  new?: string;
  /** What an editor holds and has not saved, in place of `new`. */
  text?: string | null;
}

/** Fetch a version as one file. */
export interface Download {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
  /** The newest one if not given. */
  version?: string | null;
  format?: "zip" | "tar";
  /** File or folder; `cwd` if not given. */
  file?: string | null;
}

/** A file that was made. */
export interface Downloaded {
  project: string;
  version: string;
  file: string;
  /** In bytes. */
  size: number;
}

/** What became of the edits in an editor. */
export interface Edits {
  project: string;
  path: string;
}

/** Two versions of a file. */
export interface FileDifference {
  project: string;
  path: string;
  kind: "notebook" | "text" | "image" | "binary";
  /** None where there is no file in that version. */
  old: FileVersion | null;
  /** None where there is no file in that version. */
  new: FileVersion | null;
  /** Of notebooks, in order. */
  pairs: CellPair[] | null;
  /** What kind of conflict is open at the path, if one is. */
  conflict: string | null;
  /** Whether that can be settled by picking cells, see `resolve-cells`. */
  by_cell: boolean;
  /** Why contents are not shown; empty if they are. */
  why: string;
  /** Of `origin-difference`; None of others. */
  taken: TakenWith | null;
}

/** One version of a file. */
export interface FileVersion {
  /** Which one it is, for a person. */
  words: string;
  /** Git's id of the content. */
  id: string;
  /** As git has it: 33188 file, 33261 executable, 40960 link. */
  mode: number;
  /** In bytes. */
  size: number;
  /** Its text, where it is shown as one. */
  text: string | null;
  /** Its content in base64, where it is an image. */
  data: string | null;
  /** The media type of an image. */
  media: string | null;
}

/** List projects that I may read, by name, a page at a time. */
export interface Find {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** My own, those of my teams, or those of others that were shared with me; all if not given. */
  whose?: "mine" | "teams" | "shared" | null;
  /** Words that are all in its address or description. */
  query?: string;
  /** `next` of the page before. */
  after?: string | null;
  /** How many at most. */
  limit?: number;
}

/** Complete the name of somebody whom I may know of. */
export interface FindPeople {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** A part of the name. */
  query?: string;
}

/** What there is to know of a folder's entries; those that are as published are not named. */
export interface FolderMarks {
  /** None for a folder that is in no checkout: nothing is known of it. */
  project: string | null;
  /** The folder that was asked about. */
  folder: string;
  /** By name. */
  marks: { [key: string]: Mark };
}

/** Begin a project of one's own with the files of another one. */
export interface Fork {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** The other one. */
  project: string;
  /** The same name if not given. */
  name?: string | null;
  /** A team; oneself if not given. */
  owner?: string | null;
  visibility?: "private" | "hub" | "public";
}

/** One page of projects. */
export interface Found {
  projects: Project[];
  /** To be given as `after` for the next page; None on the last one. */
  next: string | null;
}

/** Get what a link leads to into the folder that it names, or bring the folder up to date. */
export interface GetLink {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** The link. */
  source: string;
  /** The folder in which that one lies. */
  parent: string;
  /** Only if the folder is there: nothing new is begun. */
  only_known?: boolean;
}

/** The agent is away; when it is back, that is told by `checkouts`. */
export interface Gone {
  kind: "gone";
  why: string;
}

/** A folder that holds what a link leads to. */
export interface GotLink {
  project: string;
  folder: string;
  /** Path in the folder that the link opens. */
  opens: string;
  /** What the link has a server show afterwards. */
  urlpath: string;
  /** What was changed both here and there, and waits for a pick. */
  conflicts: { [key: string]: string };
}

/** Give a user, a team or a group a role on a project. */
export interface Grant {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
  /** `bob`, `team:physics` or `group:physics`; or with the role, as `bob:writer`. */
  who: string;
  role?: "reader" | "writer" | "admin" | null;
  /** Also to a user whom the Hub does not know yet. */
  unknown?: boolean;
}

/** A role that was given. */
export interface Granted {
  project: string;
  who: string;
  role: "reader" | "writer" | "admin";
}

/** Where this is; the first thing that is told, and again when any of it changes. */
export interface Hello {
  kind: "hello";
  /** The folder that the file browser shows, an absolute path. */
  root: string;
  /** Whose server it is; empty before that is known. */
  user: string;
  /** Name of the single-user server; empty for the only one. */
  server: string;
  /** Who is in front of it: on a server that several people use it may be another one. */
  person: string;
  /** The service's pages: an address, or a path on the origin of this server. */
  pages: string;
  /** Whether people ask for access to each other's servers, on the pages. */
  servers: boolean;
  /** What is missing for HubShare to work here; empty if nothing. */
  needs: string;
}

/** How a project comes from a source outside this Hub, and how far that is. */
export interface Import {
  project: string;
  /** Of the source. */
  address: string;
  /** Branch, tag, commit or version of it that is wanted; "" for what it shows first. */
  ref: string;
  /** Branch, tag or commit of a git repository; "" for what it shows first, null for other sources. */
  branch: string | null;
  /** What was fetched last, as people read it; "" for nothing yet. */
  label: string;
  follow: "manual" | "hourly" | "daily";
  history: boolean;
  /** Whether a password or token is kept for it. */
  has_secret: boolean;
  /** Path of the file or page that the link opens; "" for none. */
  opens: string;
  /** Folder in a home that the link names; "" for none. */
  target: string;
  /** What the link has a server show afterwards; "" for nothing. */
  urlpath: string;
  state: "queued" | "running" | "done" | "failed" | "cancelled";
  /** Names this fetch: a later one has another name. */
  run: string;
  /** What is being done. */
  stage: string;
  /** How far that is, in bytes or steps. */
  done: number;
  /** Of so many; 0 where that is not known. */
  total: number;
  /** Why it failed, or what is to be decided. */
  message: string;
  /** What the source has and the project has not, with the reason; the first of them. */
  left_out: string[];
  /** The last lines of what was done. */
  log: ImportNote[];
  /** When it is looked for what is new the next time. */
  due: string | null;
  started: string | null;
  ended: string | null;
}

/** A line of what was done. */
export interface ImportNote {
  time: string;
  text: string;
}

/** Begin a project with what a link leads to, and bring it into a folder. */
export interface ImportSource {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** The link. */
  source: string;
  /** NAME or TEAM/NAME; made of the link if not given. */
  as?: string | null;
  /** The project's name in `cwd` if not given. */
  folder?: string | null;
  visibility?: "private" | "hub" | "public";
  /** How often what is new there is taken by itself. */
  follow?: "manual" | "hourly" | "daily";
  /** Keep the history of a git repository. */
  history?: boolean;
  /** With which the source is asked. */
  user?: string;
  /** Password or token for that. */
  secret?: string;
  auto?: boolean;
  /** Although programs are run from that folder. */
  programs?: boolean;
}

/** A project that was fetched, and its checkout. */
export interface Imported {
  project: string;
  written: string[];
  deleted: string[];
  /** Path to kind. */
  conflicts: { [key: string]: string };
  /** What was left alone: path to reason. */
  held: { [key: string]: string };
  version: number;
  /** How many changes are still to be pulled. */
  waiting: number;
  folder: string;
  role: "reader" | "writer" | "admin" | "owner";
  /** Of the source. */
  address: string;
  /** What was fetched. */
  label: string;
  /** What the project cannot hold, the first of it. */
  left_out: string[];
  follow: "manual" | "hourly" | "daily";
  /** Path in the folder that the link opens. */
  opens: string;
  /** What the link has a server show afterwards. */
  urlpath: string;
}

/** What needs a person. */
export interface Inbox {
  notifications: Notification[];
}

/** An invitation; `secret`, the end of its link, is there only in the answer to the request that made it. */
export interface Invitation {
  id: string;
  project: string;
  role: "reader" | "writer" | "admin";
  creator: string;
  expires: string;
  /** How many times it can still be followed. */
  uses: number;
  secret: string | null;
}

/** Invitations, without their secrets. */
export interface Invitations {
  project: string;
  invitations: Invitation[];
}

/** Make a link that gives whoever follows it a role. */
export interface Invite {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
  role?: "reader" | "writer" | "admin";
  days?: number;
  uses?: number;
}

/** A new invitation; its link is in this answer only. */
export interface Invited {
  id: string;
  project: string;
  role: "reader" | "writer" | "admin";
  creator: string;
  expires: string;
  /** How many times it can be followed. */
  uses: number;
  link: string;
}

/** One thing that the Hub was to do. */
export interface Job {
  id: string;
  /** `push`, `edit`, `apply_git`, `render` …; more may be added. */
  kind: string;
  state: "queued" | "running" | "waiting" | "done" | "refused" | "failed" | "cancelled" | "lost" | "retried";
  /** owner/name; empty where it is about none, or the reader may not see it any more. */
  project: string;
  /** Whose work it is; empty for the Hub's own. */
  user: string;
  /** Number of the try, from 1; 0 before the first. */
  attempt: number;
  queued: string;
  /** When the last try began. */
  started: string | null;
  ended: string | null;
  /** Of one that waits: when it is tried. */
  due: string | null;
  /** Of what was published: `applied`, `merged` or `conflict`. */
  outcome: string;
  /** The version that was made. */
  version: number | null;
  /** Stable name of the error. */
  code: string;
  error: string;
  /** What to do about it, in words; empty for nothing. */
  advice: string;
  /** Id of the job that does it once more. */
  retried_as: string;
  /** Id of the job that it does once more. */
  retry_of: string;
}

/** An act on many jobs. */
export interface JobAct {
  id: string;
  verb: "retry" | "cancel" | "delete";
  filter: { [key: string]: string | number };
  /** How many jobs were named one by one; 0 for all. */
  marked: number;
  state: "running" | "done" | "cancelled" | "failed";
  /** How many jobs it was to be about. */
  count: number;
  done: number;
  impossible: number;
  /** Jobs that it has not come to; of one that is done, those that had changed by then. */
  left: number;
  /** How many it is not possible for, by the reason; see the reference of the API. */
  reasons: { [key: string]: number };
  error: string;
  user: string;
  begun: string;
  ended: string | null;
}

/** What an act on many jobs would be about. */
export interface JobActPreview {
  verb: "retry" | "cancel" | "delete";
  /** Which jobs were asked for. */
  filter: { [key: string]: string | number };
  /** How many of them were named one by one; 0 for all. */
  marked: number;
  /** How many jobs these are; at most 10,000, the newest. */
  count: number;
  /** Whether there may be more than these: they are left as they are. */
  more: boolean;
  /** Of how many nothing is known that is in the way; the queue decides. */
  possible: number;
  /** How many it is not possible for, by the reason; see the reference of the API. */
  reasons: { [key: string]: number };
  /** The newest ten. */
  sample: Job[];
  /** To be sent to have just this done; good for these jobs, and this act. */
  confirm: string;
}

/** One job with all that is known of it. */
export interface JobDetails {
  id: string;
  /** `push`, `edit`, `apply_git`, `render` …; more may be added. */
  kind: string;
  state: "queued" | "running" | "waiting" | "done" | "refused" | "failed" | "cancelled" | "lost" | "retried";
  /** owner/name; empty where it is about none, or the reader may not see it any more. */
  project: string;
  /** Whose work it is; empty for the Hub's own. */
  user: string;
  /** Number of the try, from 1; 0 before the first. */
  attempt: number;
  queued: string;
  /** When the last try began. */
  started: string | null;
  ended: string | null;
  /** Of one that waits: when it is tried. */
  due: string | null;
  /** Of what was published: `applied`, `merged` or `conflict`. */
  outcome: string;
  /** The version that was made. */
  version: number | null;
  /** Stable name of the error. */
  code: string;
  error: string;
  /** What to do about it, in words; empty for nothing. */
  advice: string;
  /** Id of the job that does it once more. */
  retried_as: string;
  /** Id of the job that it does once more. */
  retry_of: string;
  /** Id of the event or request that it comes from. */
  trace: string;
  /** Which way that came in: `api`, `git`, `agent` or `page`. */
  door: string;
  /** Note of the token; never its value. */
  token: string;
  queue: string;
  /** What it is about, cut short and without secrets; for admins alone. */
  arguments: { [key: string]: string };
  /** Where it broke down; for admins alone. */
  traceback: string;
  timeline: JobStep[];
  /** Where it stands in line, in words; empty unless it is queued. */
  place: string;
}

/** What became of a job at a moment. */
export interface JobStep {
  at: string;
  state: "queued" | "running" | "waiting" | "done" | "refused" | "failed" | "cancelled" | "lost" | "retried";
  attempt: number;
  worker: string;
  code: string;
  error: string;
  due: string | null;
  /** Of the state `retried` the job that does it once more; of a retry, which one it does. */
  job: string;
}

/** What became of what one asked for. */
export interface Jobs {
  jobs: Job[];
}

/** Follow an invitation. */
export interface Join {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** The link, or the secret in it. */
  link: string;
}

/** Keep what an editor holds and is about to give up, so that it can be restored. */
export interface KeepEdits {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** A folder in the checkout; `cwd` if not given. */
  folder?: string | null;
  /** Relative to `folder`. */
  path: string;
  /** All that the editor holds. */
  text: string;
}

/** List the versions of a file that were replaced in this checkout and can be put back, such as sides not picked. */
export interface Kept {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** A folder in the checkout; `cwd` if not given. */
  folder?: string | null;
  /** Relative to `folder`. */
  path: string;
}

/** A version that was replaced here. */
export interface KeptVersion {
  number: number;
  /** In seconds since 1970. */
  when: number;
  /** What it was, in words. */
  why: string;
  /** Whether just this content is in the folder now. */
  here: boolean;
}

/** The versions of a file that were replaced here, the newest first. */
export interface KeptVersions {
  project: string;
  path: string;
  kept: KeptVersion[];
}

/** A kernel of a server. */
export interface KernelUsage {
  /** Of what it runs, for example `python3`. */
  name: string;
  /** Whether it computes. */
  busy: boolean;
  /** For how long it has done nothing. */
  idle_seconds: number;
}

/** List the projects that I can see, and my checkouts on this server. */
export interface List {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** `next` of the page before. */
  after?: string | null;
  /** How many projects at most; all if not given. */
  limit?: number | null;
}

/** List the invitations to a project that can still be followed. */
export interface ListInvitations {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
}

/** List what became of my pushes, edits and whatever else I asked for, the newest first. */
export interface ListJobs {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** Only those in this state. */
  state?: "queued" | "running" | "waiting" | "done" | "refused" | "failed" | "cancelled" | "lost" | "retried" | null;
  /** Only those of this kind. */
  kind?: string | null;
  /** owner/name; only those about this project. */
  project?: string | null;
  /** Only those that were put on the queue within so many hours. */
  hours?: number | null;
  /** Only those whose error holds this. */
  text?: string | null;
  /** How many. */
  limit?: number;
  /** Everybody's, for admins of the Hub. */
  everybody?: boolean;
  /** Whose, of everybody's. */
  user?: string | null;
}

/** List the teams and projects that others want to give to me. */
export interface ListOffers {
  /** The folder that relative paths start from. */
  cwd?: string;
}

/** List the servers that others share with me, and who asks whom for access. */
export interface ListServers {
  /** The folder that relative paths start from. */
  cwd?: string;
}

/** List my tokens of the Hub, with what was done with each. */
export interface ListTokens {
  /** The folder that relative paths start from. */
  cwd?: string;
}

/** List the webhooks that are told what I am told. */
export interface ListWebhooks {
  /** The folder that relative paths start from. */
  cwd?: string;
}

/** Projects and checkouts. */
export interface Listed {
  projects: Project[];
  /** All of them on the first page, none on the others. */
  checkouts: CheckoutLine[];
  /** Checkouts whose state cannot be opened, on the first page. */
  unopened: Unopened[];
  /** To be given as `after` for the next page; not there on the last one. */
  next?: string | null;
}

/** List the published versions. */
export interface Log {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** A folder in the checkout; `cwd` if not given. */
  folder?: string | null;
  /** How many, the newest first. */
  limit?: number;
  /** Only those that changed this file, or something in this folder; relative to `folder`. */
  path?: string | null;
  /** `next` of the page before. */
  after?: string | null;
}

/** Show what is new at the origin of a project, or take it. */
export interface LookAtOrigin {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
  take?: boolean;
  /** Look first for what is new at a source outside the Hub. */
  look?: boolean;
  /** Paths in conflict that stay as they are in the project. */
  ours?: string[];
  /** Paths in conflict that become as at the origin. */
  theirs?: string[];
  /** All other conflicts; `ask` leaves them open. */
  rest?: "ask" | "ours" | "theirs";
  /** Also if many files are deleted by it. */
  confirm?: boolean;
  /** `newest` of what was shown: that is taken. What is newest when it is taken, if not given. */
  newest?: number | null;
  /** `base` of what was shown: a pick over what was changed since is refused. */
  base?: number | null;
}

/** One project to which somebody lost a role. */
export interface Lost {
  project: string;
  before: "reader" | "writer" | "admin" | "owner";
  /** What is left, through other ways; null for nothing. */
  after: "reader" | "writer" | "admin" | "owner" | null;
}

/** How the caller has notifications mailed. */
export interface MailSettings {
  /** Whether this Hub sends mail at all. */
  works: boolean;
  /** Where they go; empty while none is confirmed. */
  address: string;
  /** An address to which a link was sent that has still to be followed, signed in. */
  asked_address: string;
  /** Whether anything is mailed. */
  wanted: boolean;
  /** Kinds of notifications that are. */
  kinds: string[];
  /** Why nothing is mailed any more, in words; empty for nothing of that kind. */
  problem: string;
}

/** What there is to know of one entry. */
export interface Mark {
  /** Of a folder, the one that matters most of what lies in it. */
  mark: "edited" | "new" | "incoming" | "conflict" | "ignored" | "held";
  /** In words, as `hubshare why` says it. */
  why: string;
}

/** Say that I have read one thing, or all. */
export interface MarkRead {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** Which one; null for all. */
  number?: number | null;
  /** Of all, what was told until then: the `time` of the newest. */
  until?: string | null;
}

/** Say what there is to know of the entries of one folder: as it was seen last, without a look at all of them. */
export interface Marks {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** A folder in the checkout; `cwd` if not given. */
  folder?: string | null;
  /** The entries that are asked about; the first 2,000 if not given. */
  names?: string[] | null;
}

/** Somebody in a team. */
export interface Member {
  user: string;
  role: "member" | "maintainer";
  created: string;
}

/** A repository that a project is pushed to, and how that stands. */
export interface Mirror {
  id: string;
  project: string;
  url: string;
  branch: string;
  push_on: "version" | "release" | "manual";
  /** Who set it up or changed it last: it is pushed to while this is an admin of it. */
  owner: string;
  /** Whether a password or token is kept for it. */
  has_secret: boolean;
  paused: boolean;
  disabled: string | null;
  /** Why it was disabled. */
  reason: string;
  state: "waiting" | "running" | "done" | "refused" | "unreachable";
  /** Why it was not taken, and what to do next. */
  message: string;
  /** What the other host said, as plain text: these are its words. */
  said: string;
  /** The commit there that is not of this project's history; "" for none. */
  in_the_way: string;
  /** The version that it has; null for none yet. */
  version: number | null;
  /** Whether there is something that it is to be given. */
  behind: boolean;
  pushed: string | null;
  failing_since: string | null;
  /** When it is tried again, where it failed. */
  due: string | null;
  created: string;
  /** The last lines of what was done. */
  log: MirrorNote[];
}

/** The mirrors of a project. */
export interface MirrorList {
  project: string;
  mirrors: Mirror[];
}

/** A line of what was done. */
export interface MirrorNote {
  time: string;
  text: string;
}

/** Say how the mirrors of a project stand. */
export interface Mirrors {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
}

/** How a checkout is synced. */
export interface Mode {
  project: string;
  folder: string;
  mode: "manual" | "auto";
}

/** One thing that needs a person. */
export interface Need {
  about: "conflicts" | "deletions" | "paused" | "refused" | "lost" | "unopened" | "offer" | "server" | "told";
  /** Of an offer, the team or the project; of a server, because of which it is asked for. */
  project: string;
  /** Of the checkout; empty for an offer, a server and what the person was told. */
  folder: string;
  /** How many conflicts. */
  count: number;
  /** What it is, and what to do. */
  words: string;
  /** Of something that the person was told: what `read` takes. */
  number: number;
  /** Of the same: the page where it is done, below that of the service, unquoted. */
  page: string;
}

/** Give a version a name. */
export interface NewRelease {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
  name: string;
  /** The newest one if not given. */
  version?: string | null;
  notes?: string | null;
}

/** One cell of a notebook, as far as it is shown. */
export interface NotebookCell {
  /** `code`, `markdown` or `raw`. */
  kind: string;
  source: string;
  /** Number of its execution. */
  count: number | null;
  /** As nbformat has them. */
  outputs: { [key: string]: unknown }[];
}

/** Something that the caller is told. */
export interface Notification {
  /** Names it. */
  number: number;
  /** `conflict`, `job`, `access`, `access_lost`, `team`, `team_lost`, `offer`, `server`, `mirror`, `webhook`, `import`, `quota`, `invitation`, `mail`, `token`; more may be added. */
  kind: string;
  /** What happened. */
  words: string;
  /** What to do about it, in words; empty for nothing. */
  advice: string;
  /** Address of the page where that is done, below that of the service, unquoted. */
  page: string;
  /** owner/name; empty where it is about none. */
  project: string;
  /** How often it has happened since it was settled last; what lasts is told once a day at most. */
  count: number;
  /** When the caller was told last. */
  time: string;
  /** Since when the caller has read it. */
  read: string | null;
  /** Since when it needs nobody any more. */
  done: string | null;
}

/** Say how a project comes from its source. */
export interface OfSource {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
}

/** A place in a team, or a project to own, that somebody wants to give to the caller. */
export interface Offer {
  id: string;
  kind: "team" | "project";
  /** Of the team, or the project's address. */
  name: string;
  /** `member` or `maintainer` of the team, `owner` of the project. */
  role: string;
  /** The name that the project is to have then; empty for a team. */
  called: string;
  giver: string;
  created: string;
  expires: string;
}

/** What waits for an answer. */
export interface Offers {
  offers: Offer[];
}

/** One open conflict of a checkout. */
export interface OpenConflict {
  path: string;
  kind: string;
}

/** The open conflicts of a checkout. */
export interface OpenConflicts {
  project: string;
  folder: string;
  conflicts: OpenConflict[];
}

/** Where a project stands to what it was begun from; null where there is nothing, or you may not read it. */
export interface Origin {
  /** owner/name of the origin; null where it is a source outside this Hub. */
  project: string | null;
  /** Of the source outside this Hub. */
  address?: string | null;
  /** What was fetched from it last, as people read it. */
  label?: string | null;
  /** The origin's version that was taken last; null while none was. */
  taken: number | null;
  /** The origin's newest version. */
  newest: number | null;
  /** How many versions of the origin have not been taken. */
  behind: number | null;
  /** How many files were changed on both sides, and wait for a pick. */
  open: number | null;
}

/** Give the versions of a file at the origin of a project, and in the project, to be shown side by side. */
export interface OriginDifference {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
  /** In the project. */
  path: string;
}

/** Say what a project was begun from, as far as one may know it; nothing is looked for there. */
export interface OriginOf {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
}

/** Share the outputs of a project's notebooks, or have them stripped when they are pushed. */
export interface Outputs {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
  outputs: "share" | "strip";
}

/** The webhooks that are told what a person is told; a secret is there only where this has made it. */
export interface OwnWebhooks {
  webhooks: Webhook[];
}

/** Whom one may share with and knows of; of each kind those first whose name begins with what was asked for. */
export interface People {
  users: string[];
  /** Those that one is in. */
  teams: string[];
  /** Groups of the Hub that one is in. */
  groups: string[];
}

/** Say whether the agent is there, and how its link is. */
export interface Ping {
  /** The folder that relative paths start from. */
  cwd?: string;
}

/** Say what a push and a pull would do, file by file, in pages; the first one looks at the folder and at the project. */
export interface Plan {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** A folder in the checkout; `cwd` if not given. */
  folder?: string | null;
  /** `next` of the page before. */
  after?: string | null;
  /** How many files at most. */
  limit?: number;
}

/** What a push or a pull would do; each list by path. */
export interface Planned {
  project: string;
  plan: Change[];
  /** Path to kind. */
  conflicts: { [key: string]: string };
  /** What is left alone: path to reason. */
  held: { [key: string]: string };
  /** How many there are on all pages: `add`, `edit`, `delete`, `conflicts`, `held`. */
  counts: { [key: string]: number };
  /** To be given as `after` for the next page, where some of this may come again; not there on the last one. */
  next?: string | null;
}

/** One file that differs from the project. */
export interface PlannedFile {
  path: string;
  way: "push" | "pull" | "conflict" | "held";
  /** None for a conflict and for what is held. */
  change: "add" | "edit" | "delete" | null;
  /** The kind of the conflict, or why it is left alone; else empty. */
  why: string;
}

/** One page of what differs. */
export interface PlannedFiles {
  project: string;
  /** Of the checkout: paths are relative to it. */
  folder: string;
  /** How many files there are to push in all; so for the others. */
  pushes: number;
  pulls: number;
  conflicts: number;
  held: number;
  /** By path. */
  files: PlannedFile[];
  /** To be given as `after` for the next page; None on the last one. */
  next: string | null;
}

/** Set what becomes of conflicts in this checkout. */
export interface Policy {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** A folder in the checkout; `cwd` if not given. */
  folder?: string | null;
  policy: "ask" | "ours" | "theirs";
}

/** Tell what an act on many jobs of everybody's would be about; nothing is done. For admins of the Hub. */
export interface PreviewJobAct {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** Only those in this state. */
  state?: "queued" | "running" | "waiting" | "done" | "refused" | "failed" | "cancelled" | "lost" | "retried" | null;
  /** Only those of this kind. */
  kind?: string | null;
  /** owner/name; only those about this project. */
  project?: string | null;
  /** Only those that were put on the queue within so many hours. */
  hours?: number | null;
  /** Only those whose error holds this. */
  text?: string | null;
  /** What is to be done about them. */
  verb: "retry" | "cancel" | "delete";
  /** Whose. */
  user?: string | null;
}

/** A project as its readers see it. */
export interface Project {
  /** Whether outputs of notebooks are shared, or stripped by whoever pushes. */
  outputs: "share" | "strip";
  /** Who may read it without a grant: nobody, everybody signed in, or anybody. */
  visibility: "private" | "hub" | "public";
  /** What the project says of itself. */
  description: string;
  /** How many files a push may delete without a confirmation; null for what holds on the whole Hub, which is the most. */
  brake: number | null;
  id: string;
  /** owner/name */
  name: string;
  owned_by_team: boolean;
  /** The caller's; null for an admin of the Hub without one. */
  role: "reader" | "writer" | "admin" | "owner" | null;
  version: number;
  commit: string;
  /** Counts changes of settings and access; the ETag. */
  revision: number;
  created: string;
  archived: string | null;
  deleted: string | null;
}

/** A project that has to do with a server and that the visitor may read. */
export interface ProjectThere {
  project: string;
  /** Where it is checked out on that server; none where it is not known to be. */
  folder: string | null;
}

/** Bring the published state here. */
export interface Pull {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** A folder in the checkout; `cwd` if not given. */
  folder?: string | null;
  dry_run?: boolean;
  /** Go on although many files are deleted. */
  confirm?: boolean;
  /** Nothing but these files and folders, relative to the checkout; everything if not given. */
  paths?: string[] | null;
  /** The same as a person names them, relative to `cwd`: they say which checkout is meant, too. */
  named?: string[] | null;
  /** With `dry_run`: `next` of the page before. */
  after?: string | null;
  /** With `dry_run`: how many of each kind at most; all if not given. */
  limit?: number | null;
}

/** What a pull did. */
export interface Pulled {
  project: string;
  written: string[];
  deleted: string[];
  /** Path to kind. */
  conflicts: { [key: string]: string };
  /** What was left alone: path to reason. */
  held: { [key: string]: string };
  version: number;
  /** How many changes are still to be pulled. */
  waiting: number;
}

/** Publish this checkout's edits. */
export interface Push {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** A folder in the checkout; `cwd` if not given. */
  folder?: string | null;
  dry_run?: boolean;
  /** Go on although many files are deleted. */
  confirm?: boolean;
  /** Nothing but these files and folders, relative to the checkout; everything if not given. */
  paths?: string[] | null;
  /** The same as a person names them, relative to `cwd`: they say which checkout is meant, too. */
  named?: string[] | null;
  /** What the version is about, for whoever looks at the history. */
  message?: string;
  /** With `dry_run`: `next` of the page before. */
  after?: string | null;
  /** With `dry_run`: how many of each kind at most; all if not given. */
  limit?: number | null;
}

/** What a push did. */
export interface Pushed {
  project: string;
  status: "nothing" | "applied" | "merged" | "conflict";
  /** How many files. */
  pushed: number;
  /** Path to kind. */
  conflicts: { [key: string]: string };
  version: number;
  /** Of what was pushed, what Windows or a Mac cannot hold: path to reason. */
  foreign: { [key: string]: string };
}

/** What was marked as read. */
export interface ReadCount {
  /** How much of it was unread. */
  read: number;
}

/** List what needs me, the newest first. */
export interface ReadInbox {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** How many. */
  limit?: number;
  /** Also what I have read, and what is settled. */
  everything?: boolean;
}

/** Tell one job step by step. */
export interface ReadJob {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** Its id. */
  job: string;
  /** Also somebody else's, for admins of the Hub. */
  everybody?: boolean;
}

/** Tell one token, with what was done with it. */
export interface ReadToken {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** Its id. */
  token: string;
}

/** Say what my servers use. */
export interface ReadUsage {
  /** The folder that relative paths start from. */
  cwd?: string;
}

/** Whether and why a path is shared. */
export interface Reason {
  path: string;
  shared: boolean;
  why: string;
  /** Where the project has what a file held that was deleted there and is still here; relative. */
  renamed: string;
}

/** Why the last push was refused. */
export interface Refusal {
  code: string;
  message: string;
}

/** A version that was given a name. */
export interface Release {
  project: string;
  name: string;
  version: number;
  notes: string;
  creator: string;
  created: string;
  /** Whether readers are shown it first, in place of the newest version. */
  pinned: boolean;
}

/** The releases of a project, the newest first. */
export interface ReleaseList {
  project: string;
  releases: Release[];
}

/** List the releases of a project. */
export interface Releases {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
}

/** Have a checkout go on in the folder that it was moved to. */
export interface Relocate {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** The folder that it was in, or owner/name of its project. */
  which: string;
  /** The folder that it is in now. */
  to: string;
}

/** A checkout that goes on in another folder. */
export interface Relocated {
  project: string;
  folder: string;
  before: string;
}

/** Give a project another name. */
export interface Rename {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
  name: string;
}

/** A project with another address. */
export interface Renamed {
  /** Whether outputs of notebooks are shared, or stripped by whoever pushes. */
  outputs: "share" | "strip";
  /** Who may read it without a grant: nobody, everybody signed in, or anybody. */
  visibility: "private" | "hub" | "public";
  /** What the project says of itself. */
  description: string;
  /** How many files a push may delete without a confirmation; null for what holds on the whole Hub, which is the most. */
  brake: number | null;
  id: string;
  /** owner/name */
  name: string;
  owned_by_team: boolean;
  /** The caller's; null for an admin of the Hub without one. */
  role: "reader" | "writer" | "admin" | "owner" | null;
  version: number;
  commit: string;
  /** Counts changes of settings and access; the ETag. */
  revision: number;
  created: string;
  archived: string | null;
  deleted: string | null;
  /** Whether the new owner has to accept it first. */
  waits: boolean;
  /** The address that it had, or that it was called by. */
  before: string;
}

/** Begin the checkout of a folder anew, since its state is damaged; folder and project stay as they are. */
export interface Repair {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** The checkout's folder; `cwd` if not given. */
  folder?: string | null;
}

/** A checkout that was begun anew. */
export interface Repaired {
  project: string;
  written: string[];
  deleted: string[];
  /** Path to kind. */
  conflicts: { [key: string]: string };
  /** What was left alone: path to reason. */
  held: { [key: string]: string };
  version: number;
  /** How many changes are still to be pulled. */
  waiting: number;
  folder: string;
  /** Where the old state lies now, with all that was kept in it. */
  aside: string;
}

/** Say what a server uses, and whether it is at work; the server extension does so by itself. */
export interface ReportUsage {
  /** The folder that relative paths start from. */
  cwd?: string;
  said: UsageReport;
}

/** Settle conflicts by picking a version. */
export interface Resolve {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** A folder in the checkout; `cwd` if not given. */
  folder?: string | null;
  /** Files or folders, all in one checkout; relative to `folder`. */
  paths?: string[];
  pick: "ours" | "theirs";
  /** Settle all conflicts of the checkout, whatever the paths. */
  all?: boolean;
  /** What the pick of one file was made of: of another it is refused. Without it, what was listed last. */
  seen?: SeenSides | null;
}

/** Settle a conflict of a notebook cell by cell, and publish the notebook that the picks make. */
export interface ResolveCells {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** A folder in the checkout; `cwd` if not given. */
  folder?: string | null;
  /** Relative to `folder`. */
  path: string;
  /** Place in `pairs` of the answer of `difference` between `published` and `disk` to the side that is picked. */
  picks: { [key: string]: "ours" | "theirs" };
  /** Git's id of the version here that the picks were made of: of another one they are refused. */
  ours: string;
  /** The same of the published version. */
  theirs: string;
}

/** What was settled. */
export interface Resolved {
  project: string;
  settled: string[];
  pick: "ours" | "theirs" | "cells";
}

/** Put an earlier version of a file, or of all files in a folder, in place, as an edit of this checkout. */
export interface Restore {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** A folder in the checkout; `cwd` if not given. */
  folder?: string | null;
  /** Relative to `folder`. */
  path: string;
  /** The version that was replaced last if not given. */
  version?: string | null;
  /** `number` of one that `kept` lists, in place of a version; of a file only. */
  kept?: number | null;
}

/** What was put in place. */
export interface Restored {
  project: string;
  path: string;
  /** Where it comes from, in words. */
  from: string;
  /** The files that were brought back, if it is a folder. */
  restored?: string[] | null;
  /** What was left as it is: path to reason. */
  left?: { [key: string]: string };
  /** Whether it is published by itself, as an edit. */
  auto?: boolean;
}

/** What the removal of somebody stopped, and what copies there are. */
export interface RevocationReport {
  user: string;
  lost: Lost[];
  copies: Copy[];
}

/** Take a role away that was given. */
export interface Revoke {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
  who: string;
}

/** A role that was taken away, and what that stopped. */
export interface Revoked {
  project: string;
  who: string;
  role: null;
  receipts: RevocationReport[];
}

/** Save what an editor holds although its file was replaced by the published version: both are sides of a conflict then. */
export interface SaveEdits {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** A folder in the checkout; `cwd` if not given. */
  folder?: string | null;
  /** Relative to `folder`. */
  path: string;
  /** All that the editor holds. */
  text: string;
}

/** The versions of a file that the person has before them. */
export interface SeenSides {
  /** Git's id of the version here, as `difference` names it; null for no file. */
  ours: string | null;
  /** The same of the published version. */
  theirs: string | null;
}

/** Somebody asks the owner of a project for access to the owner's server. */
export interface ServerRequest {
  id: string;
  /** Because of which it was asked. */
  project: string;
  asker: string;
  owner: string;
  state: "waiting" | "declined";
  created: string;
  /** Then it can be asked again. */
  expires: string;
}

/** What a server used when it was seen last. */
export interface ServerUsage {
  user: string;
  /** Its name; empty for the default one. */
  server: string;
  seen: string;
  /** When something was done there last. */
  active: string;
  /** For how long nothing had been done when it was seen. */
  idle_seconds: number;
  memory_bytes: number | null;
  memory_limit_bytes: number | null;
  /** Processors at work. */
  cpu: number | null;
  cpu_limit: number | null;
  processes: number | null;
  /** What is taken where the home lies. */
  disk_bytes: number | null;
  disk_limit_bytes: number | null;
  /** Documents that more than one person has open together. */
  documents: number;
  kernels: KernelUsage[];
}

/** Servers that I may use, and what waits for an answer. */
export interface Servers {
  servers: SharedServer[];
  requests: ServerRequest[];
}

/** Change a setting of a project, or ask what it is. */
export interface Set {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
  /** Its name; all of them if not given. */
  setting?: string | null;
  /** As a person writes it; the setting stays as it is if not given. */
  value?: string | null;
}

/** Say where my notifications are mailed to, and which; without arguments show it. */
export interface SetMail {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** Have a link sent there, which confirms it. */
  address?: string | null;
  /** Whether anything is mailed; null for as before. */
  wanted?: boolean | null;
  /** Which kinds; null for as before. */
  kinds?: ("conflict" | "job" | "access" | "access_lost" | "team" | "team_lost" | "offer" | "server" | "mirror" | "webhook" | "import" | "quota" | "invitation" | "mail" | "token")[] | null;
  /** Have no mail any more, and the address forgotten. */
  forget?: boolean;
}

/** Have a project be pushed to a repository, or change how it is. */
export interface SetMirror {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
  url: string;
  /** `main` for a new one. */
  branch?: string | null;
  /** `version` for a new one. */
  push_on?: "version" | "release" | "manual" | null;
  user?: string | null;
  /** Password or token; "" forgets the one that is kept. */
  secret?: string | null;
}

/** Have an address told what I am told, or change what. */
export interface SetWebhook {
  /** The folder that relative paths start from. */
  cwd?: string;
  url: string;
  /** For me, to know it again; null for as before. */
  name?: string | null;
  /** Which kinds; null for as before. */
  kinds?: ("conflict" | "job" | "access" | "access_lost" | "team" | "team_lost" | "offer" | "server" | "mirror" | "webhook" | "import" | "quota" | "invitation" | "mail" | "token")[] | null;
}

/** Make a folder a project, push it, and let others in. */
export interface Share {
  /** The folder that relative paths start from. */
  cwd?: string;
  folder: string;
  /** owner/name; made from the folder's name if not given. */
  as?: string | null;
  /** Whom to let in: `bob:writer`, `team:physics:reader`. */
  with?: string[];
  visibility?: "private" | "hub" | "public";
  auto?: boolean;
  /** Also with users whom the Hub does not know yet. */
  unknown?: boolean;
  /** Although programs are run from that folder. */
  programs?: boolean;
}

/** A new project. */
export interface Shared {
  project: string;
  status: "nothing" | "applied" | "merged" | "conflict";
  /** How many files. */
  pushed: number;
  /** Path to kind. */
  conflicts: { [key: string]: string };
  version: number;
  /** Of what was pushed, what Windows or a Mac cannot hold: path to reason. */
  foreign: { [key: string]: string };
  folder: string;
  grants: { [key: string]: "reader" | "writer" | "admin" };
  /** What is left out: path to reason. */
  unshared: { [key: string]: string };
}

/** A server that is shared with the caller. */
export interface SharedServer {
  owner: string;
  /** Empty for the default one. */
  server: string;
  /** Where to open it, below the Hub's origin where it has no public address. */
  address: string;
  /** Only its owner can start it. */
  running: boolean;
  /** When the access ends by itself; none where it does not. */
  until: string | null;
  projects: ProjectThere[];
}

/** Say everything there is to know about this checkout. */
export interface Status {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** A folder in the checkout; `cwd` if not given. */
  folder?: string | null;
}

/** One path that is to be pushed or pulled. */
export interface StatusChange {
  path: string;
  change: "added" | "edited" | "deleted";
}

/** What is under way, and how far it has come. */
export interface Step {
  /** `push`, `pull` and so on; `auto` for what a checkout does by itself. */
  command: string;
  /** `scan`, `pack`, `upload`, `sent`, `download`, `write`, `wait`, or empty. */
  what: string;
  done: number;
  /** 0 if it is not known. */
  total: number;
}

/** What was stopped. */
export interface Stopped {
  folder: string;
  /** Commands that were under way; `auto` for what a checkout does by itself. */
  stopped: string[];
  /** Those among them that could not be ended within a few seconds. */
  going_on: string[];
}

/** How a checkout is, at a glance: as it was seen last, without a look at its folder. */
export interface Summary {
  /** What a person has to do before it goes on, in a terminal; empty if nothing. */
  paused: string;
  /** Why, without the commands that answer it; empty if nothing is paused. */
  reason: string;
  /** Which command with `confirm` says yes to what is asked about deletions; empty if nothing is asked. */
  question: "" | "push" | "pull";
  /** Its id. */
  checkout: string;
  project: string;
  folder: string;
  mode: "manual" | "auto";
  role: "reader" | "writer" | "admin" | "owner";
  policy: "ask" | "ours" | "theirs";
  version: number;
  /** None before the first look. */
  counts: Counts | null;
  /** Of a few of those that are held: path to reason. */
  reasons: { [key: string]: string };
  /** Whether a push waits for its answer. */
  pushing: boolean;
  /** Where it stands in line, in words, if it has waited for long. */
  waiting: string;
  /** Why the last push was refused. */
  refused: Refusal | null;
  /** Why there is no access any more. */
  lost: string | null;
  /** Why the centre cannot be reached, or what it cannot give now; empty if nothing. */
  offline: string;
  /** Why changes are not noticed at once; empty if they are. */
  unwatched: string;
  /** What is under way; None if nothing is. */
  step: Step | null;
}

/** Pull, then push. */
export interface Sync {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** A folder in the checkout; `cwd` if not given. */
  folder?: string | null;
  /** Go on although many files are deleted. */
  confirm?: boolean;
}

/** What a pull and then a push did. */
export interface Synced {
  project: string;
  status: "nothing" | "applied" | "merged" | "conflict";
  /** How many files. */
  pushed: number;
  /** Path to kind. */
  conflicts: { [key: string]: string };
  version: number;
  /** Of what was pushed, what Windows or a Mac cannot hold: path to reason. */
  foreign: { [key: string]: string };
  written: string[];
  deleted: string[];
  /** What was left alone: path to reason. */
  held: { [key: string]: string };
  /** How many changes are still to be pulled. */
  waiting: number;
}

/** What was accepted. */
export interface Taken {
  kind: "team" | "project";
  /** Of the team, or the project's address. */
  name: string;
  role: string;
}

/** What a pick between a project and its origin rests on, as the command `origin` takes it. */
export interface TakenWith {
  origin: string;
  /** The origin's version that is compared. */
  newest: number;
  /** The project's version that is compared. */
  base: number;
  /** How many other files that are new at the origin are taken with any pick. */
  others: number;
}

/** A team as the people in it see it. */
export interface Team {
  name: string;
  /** What members may do with the team's projects. */
  role: "reader" | "writer";
  /** The caller's role in it. */
  mine: "member" | "maintainer" | null;
  members: Member[];
  /** Who was offered a place and has not answered; for those who manage the team. */
  invited: Member[];
  /** The projects that it owns. */
  projects: string[];
  revision: number;
  created: string;
}

/** Add people to a team; whoever is maintainer already stays so. */
export interface TeamAdd {
  /** The folder that relative paths start from. */
  cwd?: string;
  team: string;
  users: string[];
  maintainer?: boolean;
  /** Also users whom the Hub does not know yet. */
  unknown?: boolean;
}

/** Make a team. */
export interface TeamCreate {
  /** The folder that relative paths start from. */
  cwd?: string;
  team: string;
  /** What members are of the projects that the team owns. */
  members?: "reader" | "writer";
}

/** Delete a team that owns no projects. */
export interface TeamDelete {
  /** The folder that relative paths start from. */
  cwd?: string;
  team: string;
}

/** A team that is gone. */
export interface TeamDeleted {
  team: string;
  deleted: boolean;
}

/** Leave a team. */
export interface TeamLeave {
  /** The folder that relative paths start from. */
  cwd?: string;
  team: string;
}

/** What it stopped that somebody is in a team no more. */
export interface TeamLeft {
  team: string;
  receipt: RevocationReport;
}

/** List the teams that I am in. */
export interface TeamList {
  /** The folder that relative paths start from. */
  cwd?: string;
}

/** Make a member maintainer, or a maintainer member. */
export interface TeamMaintainer {
  /** The folder that relative paths start from. */
  cwd?: string;
  team: string;
  user: string;
  /** Make a member of a maintainer. */
  off?: boolean;
}

/** Set what the members of a team may do with its projects. */
export interface TeamMembers {
  /** The folder that relative paths start from. */
  cwd?: string;
  team: string;
  role: "reader" | "writer";
}

/** Take somebody out of a team. */
export interface TeamRemove {
  /** The folder that relative paths start from. */
  cwd?: string;
  team: string;
  user: string;
}

/** Rename a team, and with it the addresses of its projects. */
export interface TeamRename {
  /** The folder that relative paths start from. */
  cwd?: string;
  team: string;
  name: string;
}

/** A team with another name. */
export interface TeamRenamed {
  name: string;
  /** What members may do with the team's projects. */
  role: "reader" | "writer";
  /** The caller's role in it. */
  mine: "member" | "maintainer" | null;
  members: Member[];
  /** Who was offered a place and has not answered; for those who manage the team. */
  invited: Member[];
  /** The projects that it owns. */
  projects: string[];
  revision: number;
  created: string;
  /** The name that it had. */
  before: string;
}

/** What people are in a team now. */
export interface TeamRoles {
  team: string;
  users: { [key: string]: "member" | "maintainer" };
  /** Who was not in it before. */
  added: string[];
  /** Who has been asked, and has to accept first. */
  waiting: string[];
}

/** Say who is in a team and what it owns. */
export interface TeamShow {
  /** The folder that relative paths start from. */
  cwd?: string;
  team: string;
}

/** Teams. */
export interface Teams {
  teams: Team[];
}

/** What gives a person a role. */
export interface Through {
  role: "reader" | "writer" | "admin" | "owner";
  /** `owner`, `grant`, `team NAME`, `group NAME` or `visibility …`. */
  through: string;
}

/** A token of the Hub, never its value, and what was done with it here within 90 days. */
export interface Token {
  user: string;
  /** The Hub's; of one that the Hub has no more, a name that no other token has. */
  id: string;
  note: string;
  /** When it was used here, within 90 days; null for never. */
  first: string | null;
  last: string | null;
  /** The last five that it was used from, the newest first. */
  addresses: TokenAddress[];
  /** Whether the Hub has it no more. */
  ended: boolean;
  /** What it was made for, as the Hub says. */
  client: string;
  scopes: string[];
  created: string | null;
  /** When it was used at the Hub. */
  last_activity: string | null;
  /** Null for never. */
  expires: string | null;
  /** How often, by kind: `read`, `write`, `push`, `manage`, `git fetch`, `git push`; more may be added. */
  uses: { [key: string]: number };
}

/** Where a token was used from. */
export interface TokenAddress {
  /** Of IPv6 the network. */
  address: string;
  last: string;
}

/** How often a token was used on a day. */
export interface TokenDay {
  /** Of UTC, as in 2026-11-28. */
  day: string;
  count: number;
}

/** One token with what was done with it. */
export interface TokenDetails {
  user: string;
  /** The Hub's; of one that the Hub has no more, a name that no other token has. */
  id: string;
  note: string;
  /** When it was used here, within 90 days; null for never. */
  first: string | null;
  last: string | null;
  /** The last five that it was used from, the newest first. */
  addresses: TokenAddress[];
  /** Whether the Hub has it no more. */
  ended: boolean;
  /** What it was made for, as the Hub says. */
  client: string;
  scopes: string[];
  created: string | null;
  /** When it was used at the Hub. */
  last_activity: string | null;
  /** Null for never. */
  expires: string | null;
  /** How often, by kind: `read`, `write`, `push`, `manage`, `git fetch`, `git push`; more may be added. */
  uses: { [key: string]: number };
  /** The newest first. */
  days: TokenDay[];
  /** The most used first, 100 at most. */
  projects: TokenProject[];
}

/** How often a token was used for one kind of thing in a project. */
export interface TokenProject {
  /** owner/name as it was asked for; empty for none. */
  project: string;
  kind: string;
  count: number;
}

/** Somebody's tokens. */
export interface Tokens {
  /** The newest first, then those that ended. */
  tokens: Token[];
  /** Uses, by kind, of which is not known any more with which token. */
  others: { [key: string]: number };
  /** What the Hub does not tell, in words; empty when it tells all. */
  missing: string;
}

/** Give a project to another owner. */
export interface Transfer {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
  /** `bob`, or `team:physics`. */
  owner: string;
  /** Its name there; the present one if not given. */
  as?: string | null;
  /** Also to a user whom the Hub does not know yet. */
  unknown?: boolean;
}

/** Take a project out of the trash. */
export interface Undelete {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
}

/** Publish the version before the newest one again, and bring it here. */
export interface Undo {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** A folder in the checkout; `cwd` if not given. */
  folder?: string | null;
  /** The newest version, which is undone; where there is a newer one, nothing is. */
  version: number;
  /** Go on although many files are deleted. */
  confirm?: boolean;
}

/** What was undone. */
export interface Undone {
  project: string;
  /** The version that was undone. */
  undone: number;
  /** The one that it became. */
  version: number;
  written: string[];
  deleted: string[];
  /** Path to kind. */
  conflicts: { [key: string]: string };
  /** Why it could not be brought here at once; empty if it was. */
  fault: string;
}

/** Stop tracking a folder; its files stay. */
export interface Unlink {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** The checkout's folder; `cwd` if not given. */
  folder?: string | null;
}

/** A folder that is no checkout any more. */
export interface Unlinked {
  project: string;
  folder: string;
  /** How many versions that were replaced here are kept. */
  kept: number;
  /** Where those lie now. */
  kept_at?: string | null;
}

/** A checkout on this server whose state cannot be opened. */
export interface Unopened {
  /** Empty where it cannot be told. */
  project: string;
  /** Empty where it cannot be told. */
  folder: string;
  /** Why, and what to do. */
  fault: string;
}

/** What one's servers used when they were seen last. */
export interface Usage {
  servers: ServerUsage[];
}

/** What a server says of itself. What it does not know is null, and so is a limit that is not there. */
export interface UsageReport {
  /** Its name; empty for the default one. */
  server?: string;
  /** For how long nothing was done there: no kernel at work, no edit, no push. An open page is no work. */
  idle_seconds: number;
  /** The working set: what cannot be given back at once. */
  memory_bytes?: number | null;
  memory_limit_bytes?: number | null;
  /** How many processors were at work since the report before. */
  cpu?: number | null;
  cpu_limit?: number | null;
  /** With their threads. */
  processes?: number | null;
  /** What is taken where the home lies. */
  disk_bytes?: number | null;
  /** How large that is. */
  disk_limit_bytes?: number | null;
  /** Documents that more than one person has open together. */
  documents?: number;
  kernels?: KernelUsage[];
}

/** What the agent knows beside. */
export interface UsageReported {
  /** The next report is due after so long. */
  seconds: number;
  /** When edits of this server were published last; null if none were since the agent began. */
  pushed_seconds_ago: number | null;
}

/** One published version. */
export interface Version {
  number: number;
  commit: string;
  author: string;
  summary: string;
  created: string;
}

/** Published versions. */
export interface Versions {
  project: string;
  /** The version that the checkout holds. */
  here: number;
  versions: Version[];
  /** What to send as `after` for the next page, if there is one. */
  next?: string | null;
}

/** Set who may read a project without a grant. */
export interface Visibility {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
  visibility: "private" | "hub" | "public";
}

/** What needs a person, offers first; told again when it changes. */
export interface Waiting {
  kind: "waiting";
  /** The first thousand. */
  needs: Need[];
}

/** A webhook; `secret` is there only in the answers to the requests that made it. */
export interface Webhook {
  id: string;
  /** `owner/name` of a project, `team:NAME`, `me` for your notifications, or empty for the whole Hub. */
  of: string;
  url: string;
  name: string;
  /** Who set it up or changed it last: it is told what this person may hear of. */
  owner: string;
  paused: boolean;
  disabled: string | null;
  /** Why it was disabled. */
  reason: string;
  failing_since: string | null;
  created: string;
  /** Of your own: kinds of notifications that are sent. */
  kinds: string[] | null;
  secret: string | null;
}

/** Who can do what with a project, and through what. */
export interface Who {
  project: string;
  visibility: "private" | "hub" | "public";
  people: Accessor[];
  /** `team NAME` and `group NAME`: what gives roles to people whom only members see. */
  unseen: string[];
}

/** Say whether and why a path is or is not shared. */
export interface Why {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** A folder in the checkout; `cwd` if not given. */
  folder?: string | null;
  path: string;
}

/** Take an invitation back. */
export interface Withdraw {
  /** The folder that relative paths start from. */
  cwd?: string;
  /** owner/name; the project of the checkout that `cwd` lies in if not given. */
  project?: string | null;
  /** Its id. */
  invitation: string;
}

/** An invitation that cannot be followed any more. */
export interface Withdrawn {
  project: string;
  withdrawn: string;
}

/** The agent has put files of a checkout in place. */
export interface Written {
  kind: "written";
  project: string;
  folder: string;
  /** What was written, relative to the folder. */
  paths: string[];
  /** What was deleted, relative to the folder. */
  deleted: string[];
  /** There are too many to name: anything in the folder may be another one now. */
  everything: boolean;
  version: number;
  /** Who published that version, if it came from somebody and that is known. */
  by: string | null;
}

/** What each command takes and gives. */
export interface Commands {
  share: { arguments: Share; answer: Shared };
  checkout: { arguments: Checkout; answer: CheckedOut };
  list: { arguments: List; answer: Listed };
  unlink: { arguments: Unlink; answer: Unlinked };
  repair: { arguments: Repair; answer: Repaired };
  relocate: { arguments: Relocate; answer: Relocated };
  status: { arguments: Status; answer: CheckoutStatus };
  push: { arguments: Push; answer: Pushed | Planned };
  pull: { arguments: Pull; answer: Pulled | Planned };
  sync: { arguments: Sync; answer: Synced };
  auto: { arguments: Auto; answer: Mode };
  cancel: { arguments: Cancel; answer: Stopped };
  why: { arguments: Why; answer: Reason };
  ping: { arguments: Ping; answer: Alive };
  marks: { arguments: Marks; answer: FolderMarks };
  plan: { arguments: Plan; answer: PlannedFiles };
  conflicts: { arguments: Conflicts; answer: OpenConflicts };
  resolve: { arguments: Resolve; answer: Resolved };
  "resolve-cells": { arguments: ResolveCells; answer: Resolved };
  "keep-edits": { arguments: KeepEdits; answer: Edits };
  "save-edits": { arguments: SaveEdits; answer: Edits };
  policy: { arguments: Policy; answer: CheckoutPolicy };
  difference: { arguments: Difference; answer: FileDifference };
  log: { arguments: Log; answer: Versions };
  kept: { arguments: Kept; answer: KeptVersions };
  restore: { arguments: Restore; answer: Restored };
  undo: { arguments: Undo; answer: Undone };
  download: { arguments: Download; answer: Downloaded };
  audit: { arguments: Audit; answer: AuditEntries };
  grant: { arguments: Grant; answer: Granted };
  revoke: { arguments: Revoke; answer: Revoked };
  who: { arguments: AskWho; answer: Who };
  invite: { arguments: Invite; answer: Invited };
  invitations: { arguments: ListInvitations; answer: Invitations };
  withdraw: { arguments: Withdraw; answer: Withdrawn };
  join: { arguments: Join; answer: Accepted };
  offers: { arguments: ListOffers; answer: Offers };
  accept: { arguments: AcceptOffer; answer: Taken };
  decline: { arguments: DeclineOffer; answer: Declined };
  "team-list": { arguments: TeamList; answer: Teams };
  "team-show": { arguments: TeamShow; answer: Team };
  "team-create": { arguments: TeamCreate; answer: Team };
  "team-rename": { arguments: TeamRename; answer: TeamRenamed };
  "team-members": { arguments: TeamMembers; answer: Team };
  "team-delete": { arguments: TeamDelete; answer: TeamDeleted };
  "team-add": { arguments: TeamAdd; answer: TeamRoles };
  "team-maintainer": { arguments: TeamMaintainer; answer: TeamRoles };
  "team-remove": { arguments: TeamRemove; answer: TeamLeft };
  "team-leave": { arguments: TeamLeave; answer: TeamLeft };
  set: { arguments: Set; answer: Configured };
  visibility: { arguments: Visibility; answer: Configured };
  outputs: { arguments: Outputs; answer: Configured };
  describe: { arguments: Describe; answer: Configured };
  rename: { arguments: Rename; answer: Renamed };
  transfer: { arguments: Transfer; answer: Renamed };
  archive: { arguments: Archive; answer: Project };
  delete: { arguments: Delete; answer: Deleted };
  undelete: { arguments: Undelete; answer: Project };
  servers: { arguments: ListServers; answer: Servers };
  "ask-server": { arguments: AskServer; answer: ServerRequest };
  fork: { arguments: Fork; answer: Project };
  origin: { arguments: LookAtOrigin; answer: AtOrigin };
  "origin-of": { arguments: OriginOf; answer: Origin };
  "origin-difference": { arguments: OriginDifference; answer: FileDifference };
  import: { arguments: ImportSource; answer: Imported };
  "get-link": { arguments: GetLink; answer: GotLink };
  "import-status": { arguments: OfSource; answer: Import };
  "import-cancel": { arguments: OfSource; answer: Import };
  "import-change": { arguments: ChangeSource; answer: Import };
  jobs: { arguments: ListJobs; answer: Jobs };
  job: { arguments: ReadJob; answer: JobDetails };
  "job-act-preview": { arguments: PreviewJobAct; answer: JobActPreview };
  "job-act": { arguments: CarryOutJobAct; answer: JobAct };
  inbox: { arguments: ReadInbox; answer: Inbox };
  read: { arguments: MarkRead; answer: ReadCount };
  mail: { arguments: SetMail; answer: MailSettings };
  webhooks: { arguments: ListWebhooks; answer: OwnWebhooks };
  "webhook-set": { arguments: SetWebhook; answer: OwnWebhooks };
  "webhook-act": { arguments: ActOnWebhook; answer: OwnWebhooks };
  tokens: { arguments: ListTokens; answer: Tokens };
  token: { arguments: ReadToken; answer: TokenDetails };
  mirrors: { arguments: Mirrors; answer: MirrorList };
  "mirror-set": { arguments: SetMirror; answer: MirrorList };
  "mirror-act": { arguments: ActOnMirror; answer: MirrorList };
  releases: { arguments: Releases; answer: ReleaseList };
  "release-add": { arguments: NewRelease; answer: ReleaseList };
  "release-act": { arguments: ActOnRelease; answer: ReleaseList };
  "report-usage": { arguments: ReportUsage; answer: UsageReported };
  usage: { arguments: ReadUsage; answer: Usage };
  find: { arguments: Find; answer: Found };
  people: { arguments: FindPeople; answer: People };
}

/** What is pushed over the websocket, by `kind`. */
export type Event = Hello | Checkouts | Written | Waiting | Gone;
