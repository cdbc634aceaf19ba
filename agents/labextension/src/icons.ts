// The pictures of HubShare.

import { LabIcon } from "@jupyterlab/ui-components";
import fork from "../style/icons/fork.svg";
import get from "../style/icons/get.svg";
import hubshare from "../style/icons/hubshare.svg";
import more from "../style/icons/more.svg";
import open from "../style/icons/open.svg";
import pull from "../style/icons/pull.svg";
import push from "../style/icons/push.svg";
import sync from "../style/icons/sync.svg";

export const hubshareIcon = new LabIcon({ name: "hubshare:icon", svgstr: hubshare });
export const forkIcon = new LabIcon({ name: "hubshare:fork", svgstr: fork });
export const getIcon = new LabIcon({ name: "hubshare:get", svgstr: get });
export const moreIcon = new LabIcon({ name: "hubshare:more", svgstr: more });
export const openIcon = new LabIcon({ name: "hubshare:open", svgstr: open });
export const pullIcon = new LabIcon({ name: "hubshare:pull", svgstr: pull });
export const pushIcon = new LabIcon({ name: "hubshare:push", svgstr: push });
export const syncIcon = new LabIcon({ name: "hubshare:sync", svgstr: sync });
