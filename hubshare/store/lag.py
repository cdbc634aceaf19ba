"""Which projects wait: jobs that have not ended, and checkouts that lack what was published."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from hubshare.store.job_tables import Job
from hubshare.store.models import Checkout, Project, Version

#: So many jobs, and so many checkouts, are looked at.
LOOKED_AT = 10_000


class Waiting(NamedTuple):
    """The jobs of a project that wait, and since when the first one does."""

    jobs: int
    since: datetime


class Behind(NamedTuple):
    """The checkouts of a project that lack versions, and the newest version that the last one of them has."""

    checkouts: int
    version: int


def waiting_jobs(session: Session) -> dict[str, Waiting]:
    """The jobs that are not begun, by id of their project; of all jobs the `LOOKED_AT` that were first."""
    query = select(Job.project_id, Job.queued).where(Job.state == "queued", Job.project_id != "")
    first = query.order_by(Job.number).limit(LOOKED_AT).subquery()
    count = select(first.c.project_id, func.count(), func.min(first.c.queued)).group_by(first.c.project_id)
    return {project: Waiting(jobs, since) for project, jobs, since in session.execute(count)}


def checkouts_behind(session: Session, at: datetime, seen: timedelta) -> dict[str, Behind]:
    """The checkouts that lack versions, by id of their project; of all the `LOOKED_AT` that were heard of last.

    Args:
        at: the time now.
        seen: those alone are looked at that were heard of since, for a server that is off receives nothing.
    """
    # What is up to date needs no look at its version.
    lacks = Checkout.commit != Project.head, Checkout.seen >= at - seen, Version.number < Project.version
    found = (
        select(Checkout.project_id, Version.number)
        .join(Project, Project.id == Checkout.project_id)
        .join(Version, (Version.project_id == Checkout.project_id) & (Version.commit == Checkout.commit))
        .where(*lacks, Project.deleted.is_(None))
        .order_by(Checkout.seen.desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    count = select(found.c.project_id, func.count(), func.min(found.c.number)).group_by(found.c.project_id)
    return {project: Behind(*row) for project, *row in session.execute(count)}


def published_at(session: Session, versions: dict[str, int]) -> dict[str, datetime]:
    """When a version of each of some projects was published, by id of the project."""
    key = tuple_(Version.project_id, Version.number)
    query = select(Version.project_id, Version.created).where(key.in_([*versions.items()]))
    return {project: created for project, created in session.execute(query)}
