// Gives all parts of the extension the one connection to the server.

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { Server } from "./server";
import { SharingState } from "./state";
import { IHubShare } from "./tokens";

export const followingPlugin: JupyterFrontEndPlugin<IHubShare> = {
  id: "hubshare-lab:following",
  description: "Follows what happens to the checkouts of this server.",
  autoStart: true,
  provides: IHubShare,
  activate: (app: JupyterFrontEnd) => {
    const server = new Server(app.serviceManager.serverSettings);
    const state = new SharingState((onEvent, onEnd) => server.listen(onEvent, onEnd));
    // What a person waits for at the start comes first.
    void app.restored.then(() => state.connect());
    return { server, state };
  },
};
