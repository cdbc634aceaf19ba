// Puts the panel into the left sidebar.

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ITranslator } from "@jupyterlab/translation";
import { IHubShare } from "../tokens";
import { Sidebar } from "./sidebar";

export const panelPlugin: JupyterFrontEndPlugin<void> = {
  id: "hubshare-lab:panel",
  description: "The panel of HubShare in the sidebar.",
  autoStart: true,
  requires: [IHubShare, ITranslator],
  optional: [ILayoutRestorer],
  activate: (app: JupyterFrontEnd, hubshare: IHubShare, translator: ITranslator, restorer: ILayoutRestorer | null) => {
    const sidebar = new Sidebar(hubshare, translator.load("hubshare"));
    app.shell.add(sidebar, "left", { rank: 150 });
    restorer?.add(sidebar, sidebar.id);
  },
};
