"""A centre that is well, and the parts of one, as those see it who look for what keeps sharing from working."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hubshare.operations.ops.stuck import Disk, Redis, Sight
from hubshare.wire.api.ops import Pause, Queue, Queues, RunningJob, WorkerProcess

AT = datetime(2026, 11, 1, 14, 2)
GIB = 1 << 30


def job(**facts: Any) -> RunningJob:
    known = {
        "id": "1",
        "kind": "apply_event",
        "queue": "apply",
        "person": "alice",
        "since": AT,
        "project": "",
        "step": "",
    }
    return RunningJob.model_validate(known | {"step_seconds": 0.0} | facts)


def worker(name: str = "w1", **facts: Any) -> WorkerProcess:
    known: dict[str, Any] = {"name": name, "part": "worker", "host": name, "pid": 7, "version": "1", "begun": AT}
    known |= {"seen_seconds_ago": 1.0, "lost": False, "skew_seconds": 0.1, "threads": 4, "busy": 0, "memory_bytes": 1}
    return WorkerProcess.model_validate(known | {"reads": True, "quiet": False, "running": [], "seen": AT} | facts)


def queue(name: str = "apply", **facts: Any) -> Queue:
    known: dict[str, Any] = {
        "name": name,
        "kinds": ["apply_event"],
        "waiting": 0,
        "running": 0,
        "delayed": 0,
        "dead": 0,
    }
    known |= {"aside": {}, "oldest_seconds": 0.0, "people": {}, "paused": False, "workers": 1}
    return Queue.model_validate(known | facts)


def queues(*found: Queue, pauses: tuple[Pause, ...] = (), messages: int | None = 0, oldest: float = 0.0) -> Queues:
    return Queues(queues=list(found), pauses=list(pauses), outbox_messages=messages, outbox_oldest_seconds=oldest)


WELL = Sight(Redis(1 << 20, GIB), 0.01, [Disk("the data folder", 50 * GIB, 100 * GIB)], [worker()], queues(queue()))
