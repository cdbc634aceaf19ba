// The plugins of HubShare in JupyterLab.

import { followingPlugin } from "./following";
import { panelPlugin } from "./panel/plugin";

export default [followingPlugin, panelPlugin];
