"""Settings of a whole Hub that is looked at from outside: one process of the service, one of the workers, and no Node."""

from __future__ import annotations

import os
import sys
from pathlib import Path

#: A `node` that says nothing: JupyterLab, where it finds one, starts yarn with it at each start, and asks for its settings.
_NO_NODE = Path(__file__).with_name("no_node")
#: Several are tested apart, and by the stories: to start and feed them takes processors that browsers need at the same time.
ONE_OF_EACH = {
    "HUBSHARE_SERVICE_PROCESSES": "1",
    "HUBSHARE_WORKER_PROCESSES": "1",
    "PATH": os.pathsep.join([str(_NO_NODE), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
}
