// What the parts of the extension give to one another, and to other extensions.

import { Token } from "@lumino/coreutils";
import type { TranslationBundle } from "@jupyterlab/translation";
import type { ISignal } from "@lumino/signaling";
import type { Acts } from "./commands/acts";
import type { Caller } from "./server";
import type { Preferences } from "./settings";
import type { SharingState } from "./state";

/** HubShare, as far as it is known in this window. */
export interface IHubShare {
  readonly server: Caller;
  readonly state: SharingState;
  readonly settings: Preferences;
  readonly trans: TranslationBundle;
}

export const IHubShare = new Token<IHubShare>(
  "hubshare-lab:IHubShare",
  "What is shared with HubShare, and its commands.",
);

export const IActs = new Token<Acts>("hubshare-lab:IActs", "What a person can do with HubShare.");

/** The documents of this window, by the checkouts that their files lie in. */
export interface IOpenDocuments {
  /** Emitted when one is opened or closed, or has its first edits, or is saved. */
  readonly changed: ISignal<IOpenDocuments, void>;
  /** Return those of these files that have edits which are not saved. */
  unsaved(folder: string, paths: readonly string[]): string[];
  /** Save the edits of a file.
   *
   * Throws an Error if not all that it holds is on disk afterwards. */
  save(folder: string, path: string): Promise<void>;
  /** Whether a file on disk is as it was saved here last. */
  isOnDisk(folder: string, path: string): Promise<boolean>;
}

export const IOpenDocuments = new Token<IOpenDocuments>(
  "hubshare-lab:IOpenDocuments",
  "The open documents whose files are shared with HubShare.",
);
