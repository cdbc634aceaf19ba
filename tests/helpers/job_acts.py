"""Acts about jobs, for the matrix of access."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from hubshare_workers.journal.following import follow

from hubshare.jobs.journal import Note, clock
from hubshare.store.job_list import find_job
from hubshare.store.job_rows import write_jobs
from tests.helpers.access_acts import Act
from tests.helpers.access_fixture import Stage
from tests.helpers.access_subjects import Subject

#: What may be done about a job.
ACTS_ON_JOBS = ("cancel", "retry")


def add_job(stage: Stage, user: str, name: str = "", **more: Any) -> str:
    """Have a user have a job that has failed, of which the journal has told; returns its id."""
    job = hashlib.sha256(f"{user} {name}".encode()).hexdigest()[:32]
    known: dict[str, Any] = {
        "user": user,
        "kind": "push",
        "project": stage.id,
        "worker": "w:1",
        "queued": clock(),
        "began": clock(),
    }
    row = follow(None, [Note(job, "failed", clock(), **known | more)])
    with stage.centre.centre.database.begin() as session:
        if find_job(session, job) is None:
            write_jobs(session, [row], [])
    return job


def own_job(door: Callable[[str, str], Act], path: str) -> Act:
    """Look at a job of one's own, whose id takes the place of `{job}` in a path."""

    def act(stage: Stage, who: Subject) -> int:
        return door("GET", path.replace("{job}", add_job(stage, who.user)))(stage, who)

    return act


def act_on_job(door: Callable[[str, str], Act], path: str) -> Act:
    """Ask for something to be done about a job of which only who has been let in hears that it cannot be."""

    def act(stage: Stage, who: Subject) -> int:
        answer = door("POST", path.replace("{job}", add_job(stage, who.user)))(stage, who)
        return 200 if answer == 409 else answer

    return act
