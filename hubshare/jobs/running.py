"""The jobs that this process carries out at the moment, and how far each is, for whoever asks what it does."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Running:
    """A job that runs here; times in seconds (UTC). See `hubshare.bus.processes.RunningJob`."""

    id: str
    kind: str
    queue: str
    person: str
    since: float
    project: str = ""
    step: str = ""
    step_since: float = 0.0
    job: str = ""


#: Steps of a job that may take long.
WAITS_FOR_LOCK, HOLDS_LOCK = "waits for the lock", "holds the lock"

#: By the thread that carries it out. Each thread writes its own entry alone, so no lock is needed.
_running: dict[int, Running] = {}


def begin(job: Running) -> None:
    """This thread carries out a job from now on."""
    _running[threading.get_ident()] = job


def end() -> None:
    """It has ended."""
    _running.pop(threading.get_ident(), None)


def running_jobs() -> list[Running]:
    """All jobs that run in this process, the oldest first."""
    return sorted(_running.copy().values(), key=lambda job: job.since)


def step(words: str, project: str = "") -> None:
    """Say what the job of this thread does from now on, where that may take long.

    Args:
        words: "" for nothing of the kind.
        project: id of the project that it works on, if it is known by now.
    """
    job = _running.get(threading.get_ident())
    if job is not None:
        begin(replace(job, project=project or job.project, step=words, step_since=time.time()))
