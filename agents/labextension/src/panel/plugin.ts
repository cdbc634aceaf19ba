// Puts the panel into the left sidebar, where there is one.

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette, Notification } from "@jupyterlab/apputils";
import type { Acts } from "../commands/acts";
import { CommandIDs } from "../commands/ids";
import { openMenu } from "../commands/menu";
import { hubshareIcon } from "../icons";
import type { Summary } from "../socket";
import { IActs } from "../tokens";
import { LibraryState } from "./library_state";
import { tellNews } from "./news";
import { Sidebar } from "./sidebar";

export const panelPlugin: JupyterFrontEndPlugin<void> = {
  id: "hubshare-lab:panel",
  description: "The panel of HubShare in the sidebar.",
  autoStart: true,
  requires: [IActs],
  optional: [ILayoutRestorer, ICommandPalette],
  activate: (app: JupyterFrontEnd, acts: Acts, restorer: ILayoutRestorer | null, palette: ICommandPalette | null) => {
    const { commands } = app;
    const { trans } = acts.hubshare;
    const menu = (checkout: Summary, button: HTMLElement): void => openMenu(commands, checkout, button);
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
    const getFromInternet = (): void => void commands.execute(CommandIDs.internet, {});
    const doing = { menu, showConflicts, share, get, getFromInternet };
    const sidebar = new Sidebar(acts, new LibraryState(acts.hubshare), doing);
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
