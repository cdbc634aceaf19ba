"""The workers of one machine: as many processes as it has cores, or as the settings say. Run `python -m hubshare_workers`.

Where there are several, one more does the work of those whose work was dear lately: the slow lane of the queue.
"""

from __future__ import annotations

from hubshare.extras import require

require("workers")  # before the imports that need it

import signal

from hubshare.config import CentreSettings
from hubshare.embedded.supervise import Supervisor, loaded, processes
from hubshare.features import FEATURES

#: What a worker process imports when it knows that it is needed.
_LATER = (
    "alembic.command",
    *(part for each in FEATURES for part in (each.jobs, each.look, each.heard) if part),
)


def main() -> None:
    """Work until SIGTERM or SIGINT. A process that ends is started again; if this one is killed, all are."""
    count = processes(CentreSettings().worker_processes)
    if count == 1:
        from hubshare_workers.process import main as work

        work()
    else:
        worker = loaded("hubshare_workers.process", title="hubshare-worker", imports=_LATER)
        slow = loaded("hubshare_workers.process", "slow", title="hubshare-slow")
        Supervisor(*[worker] * count, slow, orphans=signal.SIGKILL).run()


if __name__ == "__main__":
    main()
