// Gives all parts of the extension the one connection to the server, and the settings.

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ISettingRegistry } from "@jupyterlab/settingregistry";
import { ITranslator } from "@jupyterlab/translation";
import { Server } from "./server";
import { Preferences } from "./settings";
import { SharingState } from "./state";
import { IHubShare } from "./tokens";

const ID = "hubshare-lab:plugin";

export const followingPlugin: JupyterFrontEndPlugin<IHubShare> = {
  id: ID,
  description: "Follows what happens to the checkouts of this server.",
  autoStart: true,
  provides: IHubShare,
  requires: [ITranslator],
  optional: [ISettingRegistry],
  activate: (app: JupyterFrontEnd, translator: ITranslator, registry: ISettingRegistry | null) => {
    const server = new Server(app.serviceManager.serverSettings);
    const state = new SharingState((onEvent, onEnd) => server.listen(onEvent, onEnd));
    const settings = new Preferences();
    void registry?.load(ID).then(loaded => settings.follow(loaded));
    // What a person waits for at the start comes first.
    void app.restored.then(() => state.connect());
    return { server, state, settings, trans: translator.load("hubshare") };
  },
};
