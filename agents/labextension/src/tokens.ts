// What the parts of the extension give to one another, and to other extensions.

import { Token } from "@lumino/coreutils";
import type { Caller } from "./server";
import type { SharingState } from "./state";

/** HubShare, as far as it is known in this window. */
export interface IHubShare {
  readonly server: Caller;
  readonly state: SharingState;
}

export const IHubShare = new Token<IHubShare>(
  "hubshare-lab:IHubShare",
  "What is shared with HubShare, and its commands.",
);
