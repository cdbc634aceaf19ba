"""Jobs that had come to nothing and are done once more, by another job each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from hubshare.store.job_tables import Job
from hubshare.store.notifications import settle

#: What can be done once more, as far as its state goes.
RETRIED = ("failed", "cancelled")


def retry_id(job: str) -> str:
    """The id of the job that does another one once more. It is always the same: so nothing is retried twice, whoever asks."""
    return hashlib.sha256(f"retry {job}".encode()).hexdigest()[:32]


def note_retried(session: Session, jobs: Iterable[str], at: int) -> None:
    """Write down that some jobs are done once more: they need nobody any more. What was counted of them stays.

    Args:
        jobs: ids; what has not failed, or was retried before, is left as it is.
        at: when, in milliseconds since 1970.
    """
    for row in session.scalars(select(Job).where(Job.id.in_([*jobs]), Job.state.in_(RETRIED))):
        row.state = "retried"
        row.timeline = [
            *row.timeline,
            {"at": at, "state": "retried", "attempt": row.attempt, "job": retry_id(row.id)},
        ]
        thing = thing_of(row.kind, row.project_id)
        settle(session, "job", [thing], {(row.user, thing)})


def thing_of(kind: str, project: str) -> str:
    """What somebody tries again and again, as notifications name it: a kind of job on a project.

    Args:
        project: id; "" for none.
    """
    return f"{kind} {project}"
