"""The workers of one machine: as many processes as it has cores, or as the settings say. Run `python -m hubshare_workers`.

Where there are several, one more does the work of those whose work was dear lately: the slow lane of the queue.
"""

from __future__ import annotations

from hubshare.extras import require

require("workers")  # before the imports that need it

import signal
import sys

from hubshare.config import CentreSettings
from hubshare.embedded.supervise import Supervisor, processes


def main() -> None:
    """Work until SIGTERM or SIGINT. A process that ends is started again; if this one is killed, all are."""
    count = processes(CentreSettings().worker_processes)
    if count == 1:
        from hubshare_workers.process import main as work

        work()
    else:
        process = [sys.executable, "-m", "hubshare_workers.process"]
        Supervisor(*[process] * count, [*process, "slow"], orphans=signal.SIGKILL).run()


if __name__ == "__main__":
    main()
