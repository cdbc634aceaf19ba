// Puts the panel into the left sidebar, where there is one.

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette, Notification } from "@jupyterlab/apputils";
import { Menu } from "@lumino/widgets";
import type { Acts } from "../commands/acts";
import { CommandIDs } from "../commands/ids";
import { hubshareIcon } from "../icons";
import type { Summary } from "../socket";
import { IActs } from "../tokens";
import { LibraryState } from "./library_state";
import { tellNews } from "./news";
import { Sidebar } from "./sidebar";

/** What can be done with a checkout, in this order; null is a line between. */
export const CHECKOUT_MENU: readonly (string | null)[] = [
  CommandIDs.openFolder,
  null,
  CommandIDs.sync,
  CommandIDs.push,
  CommandIDs.pull,
  CommandIDs.auto,
  null,
  CommandIDs.conflicts,
  CommandIDs.history,
  CommandIDs.origin,
  CommandIDs.people,
  CommandIDs.invite,
  null,
  CommandIDs.pages,
  CommandIDs.copyLink,
  null,
  CommandIDs.unlink,
];

export const panelPlugin: JupyterFrontEndPlugin<void> = {
  id: "hubshare-lab:panel",
  description: "The panel of HubShare in the sidebar.",
  autoStart: true,
  requires: [IActs],
  optional: [ILayoutRestorer, ICommandPalette],
  activate: (app: JupyterFrontEnd, acts: Acts, restorer: ILayoutRestorer | null, palette: ICommandPalette | null) => {
    const { commands } = app;
    const { trans } = acts.hubshare;
    const menu = (checkout: Summary, x: number, y: number): void => {
      const made = new Menu({ commands });
      made.addClass("hs-Menu");
      for (const command of CHECKOUT_MENU) {
        if (command === null) {
          made.addItem({ type: "separator" });
        } else if (commands.hasCommand(command)) {
          made.addItem({ command, args: { folder: checkout.folder } });
        }
      }
      made.open(x, y);
    };
    const showConflicts = (checkout: Summary): void => acts.show("conflicts", checkout.folder);
    const share = (): void => {
      if (commands.isEnabled(CommandIDs.share, { shown: true })) {
        void commands.execute(CommandIDs.share, { shown: true });
      } else {
        const words = trans.__(
          "This folder cannot be shared: open another one in the file browser, or right-click it.",
        );
        Notification.info(words, { autoClose: 6000 });
      }
    };
    const get = (): void => void commands.execute(CommandIDs.get, {});
    const sidebar = new Sidebar(acts, new LibraryState(acts.hubshare), { menu, showConflicts, share, get });
    tellNews(acts);
    app.shell.add(sidebar, "left", { rank: 150, type: "HubShare" });
    restorer?.add(sidebar, sidebar.id);
    commands.addCommand(CommandIDs.panel, {
      label: trans.__("Show the HubShare Panel"),
      icon: hubshareIcon,
      execute: () => app.shell.activateById(sidebar.id),
    });
    palette?.addItem({ command: CommandIDs.panel, category: trans.__("HubShare") });
  },
};
