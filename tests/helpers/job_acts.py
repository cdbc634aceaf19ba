"""Acts about jobs, for the matrix of access."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from hubshare_workers.journal.following import follow
from sqlalchemy import delete

from hubshare.jobs.journal import Note, clock
from hubshare.store.act_tables import JobAct
from hubshare.store.job_acts import filter_as_json
from hubshare.store.job_list import JobFilter, find_job
from hubshare.store.job_rows import write_jobs
from tests.helpers.access_acts import Act
from tests.helpers.access_fixture import Stage
from tests.helpers.access_subjects import Subject

#: An act on many jobs that nobody was shown: only who has been let in hears so.
UNSEEN_ACT = {"verb": "retry", "confirm": "1-1-1"}
#: What may be done about a job.
ACTS_ON_JOBS = ("cancel", "retry")


def add_job(stage: Stage, user: str, name: str = "", state: str = "failed", **more: Any) -> str:
    """Have a user have a job, of which the journal has told; returns its id."""
    job = hashlib.sha256(f"{user} {name}".encode()).hexdigest()[:32]
    known: dict[str, Any] = {
        "user": user,
        "kind": "push",
        "project": stage.id,
        "worker": "w:1",
        "queued": clock(),
        "began": clock(),
    }
    row = follow(None, [Note(job, state, clock(), **known | more)])
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


def add_act(stage: Stage, user: str, **more: Any) -> str:
    """Have a user have an act on many jobs, which runs unless `more` says otherwise; returns its id."""
    known: dict[str, Any] = {
        "verb": "retry",
        "count": 1,
        "below": 0,
        "wanted": {"marked": 0},
        "step": [],
        "reasons": {},
    }
    known |= {"meant": filter_as_json(JobFilter()), "user": user, "door": "api", "token": "", "id": uuid4().hex}
    with stage.centre.centre.database.begin() as session:
        session.add(act := JobAct(**known | more))
        return act.id


def act_on_jobs(door: Callable[..., Act], path: str, **form: Any) -> Act:
    """Ask for an act on many jobs of which only who has been let in hears that nobody was shown it."""

    def act(stage: Stage, who: Subject) -> int:
        answer = door("POST", path, **form)(stage, who)
        return 200 if answer == 412 else answer

    return act


def own_act(door: Callable[..., Act], method: str, path: str) -> Act:
    """Do something about an act on many jobs, whose id takes the place of `{act}` in a path."""

    def act(stage: Stage, who: Subject) -> int:
        name = add_act(stage, who.user)
        answer = door(method, path.replace("{act}", name))(stage, who)
        with stage.centre.centre.database.begin() as session:
            session.execute(delete(JobAct).where(JobAct.id == name))
        # A worker may have been quicker than whoever cancels it.
        return 200 if answer == 409 else answer

    return act
