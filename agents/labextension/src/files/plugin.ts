// HubShare in the file browser: its context menu and the chip beside the breadcrumbs; and an item of the status bar.

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { DirListing, IDefaultFileBrowser } from "@jupyterlab/filebrowser";
import { IStatusBar } from "@jupyterlab/statusbar";
import { Menu, PanelLayout, type Widget } from "@lumino/widgets";
import type { Acts } from "../commands/acts";
import { CommandIDs } from "../commands/ids";
import { hubshareIcon } from "../icons";
import { CHECKOUT_MENU } from "../commands/menu";
import { IActs } from "../tokens";
import { Chip } from "./chip";
import { decorate } from "./decorate";
import { Marks } from "./marks";
import { StatusItem } from "./status";

export const filesPlugin: JupyterFrontEndPlugin<void> = {
  id: "hubshare-lab:files",
  description: "HubShare in the file browser and the status bar.",
  autoStart: true,
  requires: [IActs],
  optional: [IDefaultFileBrowser, IStatusBar],
  activate: (app: JupyterFrontEnd, acts: Acts, browser: IDefaultFileBrowser | null, statusBar: IStatusBar | null) => {
    const { commands } = app;
    const submenu = new Menu({ commands });
    submenu.title.label = acts.hubshare.trans.__("HubShare");
    submenu.title.icon = hubshareIcon;
    for (const command of [CommandIDs.share, ...CHECKOUT_MENU]) {
      submenu.addItem(command === null ? { type: "separator" } : { command, args: { menu: true } });
    }
    app.contextMenu.addItem({ type: "submenu", submenu, selector: ".jp-DirListing-content", rank: 2.5 });
    if (browser !== null) {
      const crumbs = within(browser, "jp-FileBrowser-crumbs");
      const layout = crumbs?.parent?.layout;
      if (crumbs && layout instanceof PanelLayout) {
        layout.insertWidget(layout.widgets.indexOf(crumbs) + 1, new Chip(acts, browser, commands));
      }
      const listing = within(browser, "jp-FileBrowser-listing");
      if (listing instanceof DirListing) {
        decorate(listing, new Marks(acts.hubshare), acts.hubshare.trans);
      }
    }
    if (statusBar !== null) {
      const item = new StatusItem(acts, commands, browser);
      statusBar.registerStatusItem("hubshare-lab:status", {
        item,
        align: "left",
        rank: 50,
        isActive: () => item.active,
      });
    }
  },
};

/** Return the widget with a class in another widget, however deep. */
function within(widget: Widget, name: string): Widget | null {
  for (const child of widget.children()) {
    const found = child.hasClass(name) ? child : within(child, name);
    if (found !== null) {
      return found;
    }
  }
  return null;
}
