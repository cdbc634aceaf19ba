// The pictures of HubShare.

import { LabIcon } from "@jupyterlab/ui-components";
import hubshare from "../style/icons/hubshare.svg";

export const hubshareIcon = new LabIcon({ name: "hubshare:icon", svgstr: hubshare });
