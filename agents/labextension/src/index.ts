// The plugins of HubShare in JupyterLab.

import { commandsPlugin } from "./commands/plugin";
import { filesPlugin } from "./files/plugin";
import { followingPlugin } from "./following";
import { panelPlugin } from "./panel/plugin";

export default [followingPlugin, commandsPlugin, panelPlugin, filesPlugin];
