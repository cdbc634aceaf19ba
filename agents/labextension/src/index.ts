// The plugins of HubShare in JupyterLab.

import { commandsPlugin } from "./commands/plugin";
import { differencesPlugin } from "./differences/plugin";
import { documentsPlugin } from "./documents/plugin";
import { filesPlugin } from "./files/plugin";
import { followingPlugin } from "./following";
import { panelPlugin } from "./panel/plugin";

export default [followingPlugin, commandsPlugin, panelPlugin, filesPlugin, documentsPlugin, differencesPlugin];
