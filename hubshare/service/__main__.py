"""The service of one machine, as the Hub starts it: as many processes as it has cores, or as the settings say.

Run `python -m hubshare.service`.
"""

from __future__ import annotations

from hubshare.extras import require

require("service")  # before the imports that need it

import os
import signal
import socket
import sys
from urllib.parse import urlsplit

from hubshare.config import CentreSettings
from hubshare.embedded.supervise import Supervisor, processes

#: Connections that wait until a process takes them up.
_WAITING = 2048


def main() -> None:
    """Serve until SIGTERM or SIGINT, at the address that the Hub gives in its environment.

    All processes take connections from the one socket, whichever has time; it stays open while one of them is started again.
    """
    address = urlsplit(os.environ.get("JUPYTERHUB_SERVICE_URL", "http://127.0.0.1:10101"))
    host = address.hostname or "127.0.0.1"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.create_server((host, address.port or 10101), family=family, backlog=_WAITING)
    count = processes(CentreSettings().service_processes)
    if count == 1:
        from hubshare.service.process import serve

        serve(door.detach())
    else:
        command = [sys.executable, "-m", "hubshare.service.process", str(door.fileno())]
        Supervisor(*[command] * count, orphans=signal.SIGKILL, files=[door.fileno()]).run()


if __name__ == "__main__":
    main()
