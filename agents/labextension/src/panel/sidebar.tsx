// The panel in the sidebar.

import { ReactWidget } from "@jupyterlab/ui-components";
import type { TranslationBundle } from "@jupyterlab/translation";
import type { ReactElement } from "react";
import { hubshareIcon } from "../icons";
import type { IHubShare } from "../tokens";

/** The panel in the sidebar. */
export class Sidebar extends ReactWidget {
  constructor(
    readonly hubshare: IHubShare,
    trans: TranslationBundle,
  ) {
    super();
    this.id = "hubshare-panel";
    this.addClass("hs-Panel");
    this.title.icon = hubshareIcon;
    this.title.caption = trans.__("HubShare");
    this.node.setAttribute("role", "region");
    this.node.setAttribute("aria-label", trans.__("HubShare"));
  }

  protected render(): ReactElement {
    return <></>;
  }
}
