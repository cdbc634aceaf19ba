"""Worker processes of this machine that have died: what they had in hand goes back to the queue at once.

Else it would wait until their signs of life are missed. Each process writes down who it is, and looks for those that are gone;
one that was started again looks first of all. Processes of other machines are left to the signs of life.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

from hubshare.jobs.broker import HEARTBEATS, BellBroker
from hubshare_workers.intake.intake import LEASE

log = logging.getLogger(__name__)

#: Hash: id of the broker of a process to which process that is.
PROCESSES = "hubshare:processes"


class WorkerProcesses:
    """The worker processes that share a queue, as far as they are on this machine.

    Args:
        broker: of this process.
        reader: the name with which this process holds the lease of the intake.
    """

    def __init__(self, broker: BellBroker, reader: str) -> None:
        self._broker, self._redis = broker, broker.client
        self._machine = _machine()
        self._own = json.dumps(
            {"machine": self._machine, "pid": os.getpid(), "begun": _begun(os.getpid()), "reader": reader}
        )

    def look(self) -> int:
        """Write down that this process is there, and put back what those had in hand that are gone; returns how many are."""
        self._redis.hset(PROCESSES, self._broker.broker_id, self._own)
        found: Any = self._redis.hgetall(PROCESSES)
        gone = {raw.decode(): json.loads(entry) for raw, entry in found.items()}
        gone = {broker: entry for broker, entry in gone.items() if self._is_gone(entry)}
        for broker, entry in gone.items():
            self._put_back(broker, entry["reader"])
        return len(gone)

    def leave(self) -> None:
        """This process ends in order: there is nothing to put back."""
        self._redis.hdel(PROCESSES, self._broker.broker_id)

    def _is_gone(self, entry: dict[str, Any]) -> bool:
        # Another process may have the number of one that is gone.
        return bool(self._machine) and entry["machine"] == self._machine and entry["begun"] != _begun(entry["pid"])

    def _put_back(self, broker: str, reader: str) -> None:
        log.warning("a worker process has died: what it had in hand is done by others")
        # Everything as if its last sign of life were long ago.
        self._redis.zadd(HEARTBEATS, {broker: 0}, xx=True)
        for queue in [*self._broker.queues, *self._broker.delay_queues]:
            self._broker.do_maintain(queue)
        held: Any = self._redis.get(LEASE)
        if held == reader.encode():
            self._redis.delete(LEASE)
        self._redis.hdel(PROCESSES, broker)


def _machine() -> str:
    """What this machine has to itself since it was started, and a container in it; "" where processes cannot be looked at."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}:{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def _begun(process: int) -> str:
    """When a process was started, as the kernel counts; "" for one that is not there or has ended."""
    try:
        # Behind the name, which may hold anything: state, …, and the 20th is the time (proc(5): starttime).
        words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if words[0] in "ZX" else words[19]
