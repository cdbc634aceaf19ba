"""The service of one machine, as the Hub starts it: as many processes as it has cores, or as the settings say.

Run `python -m hubshare.service`.
"""

from __future__ import annotations

from hubshare.extras import require

require("service")  # before the imports that need it

import os
import signal
import socket
from urllib.parse import urlsplit

from hubshare.config import CentreSettings
from hubshare.embedded.supervise import Supervisor, loaded, processes
from hubshare.features import FEATURES

#: Connections that wait until a process takes them up.
_WAITING = 2048
#: What a process of the service imports when it listens already.
_LATER = (
    "hubshare.service.app",
    "hubshare.service.web.login",
    "jupyterhub.services.auth",
    "alembic.command",
    *(part for feature in FEATURES for part in (feature.api, feature.pages) if part),
)


def main() -> None:
    """Serve until SIGTERM or SIGINT, at the address that the Hub gives in its environment.

    All processes take connections from the one socket, whichever has time; it stays open while one of them is started again.
    """
    address = urlsplit(os.environ.get("JUPYTERHUB_SERVICE_URL", "http://127.0.0.1:10101"))
    host = address.hostname or "127.0.0.1"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.create_server((host, address.port or 10101), family=family, backlog=_WAITING)
    count = processes(CentreSettings().service_processes)
    number = door.detach()
    if count == 1:
        from hubshare.service.process import serve

        serve(number)
    else:
        os.set_inheritable(number, True)
        program = loaded("hubshare.service.process", str(number), title="hubshare-serve", imports=_LATER)
        Supervisor(*[program] * count, orphans=signal.SIGKILL).run()


if __name__ == "__main__":
    main()
