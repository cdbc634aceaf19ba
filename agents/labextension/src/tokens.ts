// What the parts of the extension give to one another, and to other extensions.

import { Token } from "@lumino/coreutils";
import type { TranslationBundle } from "@jupyterlab/translation";
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
