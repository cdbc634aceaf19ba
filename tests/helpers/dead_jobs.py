"""Jobs that have failed for good, of which the queue and the journal know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import dramatiq
from dramatiq.common import xq_name
from hubshare_workers.journal.following import follow

from hubshare.jobs import INDEX, ProjectToIndex
from hubshare.jobs.broker import NAMESPACE
from hubshare.jobs.journal import Note, clock
from hubshare.jobs.presence import Queued
from hubshare.store.job_list import find_job
from hubshare.store.job_rows import write_jobs
from hubshare.testing.centre import TestCentre


def tell_of_jobs(centre: TestCentre, user: str, state: str, number: int = 1, **more: Any) -> list[str]:
    """Have a user have so many jobs in a state, of which only the journal knows; returns their ids, the oldest first."""
    known: dict[str, Any] = {"kind": "index", "queue": "index", "user": user, "queued": clock(), "began": clock()}
    notes = [
        Note(uuid4().hex, state, clock(), **known | {"message": f"index:{uuid4().hex}:1"} | more) for _ in range(number)
    ]
    with centre.centre.database.begin("journal") as session:
        write_jobs(session, [follow(None, [note]) for note in notes], [])
    return [note.job for note in notes]


def kill_jobs(centre: TestCentre, user: str, number: int) -> list[str]:
    """Have a user have so many jobs that have failed for good; returns their ids, the oldest first."""
    found = []
    for _ in range(number):
        project = uuid4().hex
        [job] = tell_of_jobs(centre, user, "failed", message=f"index:{project}:1", error="It broke.")
        message = dramatiq.Message(
            INDEX.queue,
            INDEX.name,
            INDEX.encode(ProjectToIndex(project, 1)),
            {},
            {"person": user, "job": job, "retries": 0},
            message_id=f"index:{project}:1",
        )
        name = Queued(INDEX.queue, user, message.message_id, 1).ids()[0]
        queue = f"{NAMESPACE}:{xq_name(INDEX.queue)}"
        with centre.centre.bus.redis.pipeline() as pipe:
            pipe.hset(f"{queue}.msgs", name, message.encode()).zadd(queue, {name: clock()}).execute()
        found.append(job)
    return found


def states(centre: TestCentre, jobs: Sequence[str]) -> list[str]:
    """In which states jobs are, as the list has it; "" for one that is not on it."""
    with centre.centre.database.read() as session:
        rows = [find_job(session, job) for job in jobs]
    return [row.state if row is not None else "" for row in rows]
