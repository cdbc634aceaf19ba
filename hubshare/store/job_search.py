"""Searches that no index answers walk back through the jobs, for as long as people wait, and say how far they came."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session

from hubshare.store.job_list import JobFilter, first_since, list_jobs, matching
from hubshare.store.job_tables import Job

#: For how long a search goes on; and the jobs that it looks at in one statement, first, and at least and at most.
PATIENCE_SECONDS = 0.05
_FIRST, _LEAST, _MOST = 4000, 500, 2**22


class Searched(NamedTuple):
    """What a search has found.

    Attributes:
        jobs: the newest first.
        below: number of the oldest job that was looked at, where the time was over before enough were found; else None.
    """

    jobs: list[Job]
    below: int | None


def search_jobs(
    session: Session, wanted: JobFilter, before: int | None, most: int, seconds: float = PATIENCE_SECONDS
) -> Searched:
    """Jobs that are like that, the newest first.

    Args:
        before: only those with a smaller number.
        most: how many at most.
        seconds: after which a search that no index answers goes no further; one step of it takes longer at worst.
    """
    if has_index(wanted):
        return Searched(list_jobs(session, wanted, before, most), None)
    oldest, newest = session.execute(select(_number(func.min), _number(func.max))).one()
    if newest is None:
        return Searched([], None)
    least = oldest if wanted.since is None else max(oldest, first_since(session, wanted.since))
    below = newest + 1 if before is None else min(before, newest + 1)
    found, width, end = list[Job](), _FIRST, time.monotonic() + seconds
    while below > least and len(found) < most:
        begun = time.monotonic()
        low = max(least, below - width)
        query = matching(wanted, select(Job), everything=True).where(Job.number >= low, Job.number < below)
        found += session.scalars(query.order_by(Job.number.desc()).limit(most - len(found)))
        below, took = low, time.monotonic() - begun
        if begun + took > end and below > least and len(found) < most:
            return Searched(found, below)
        # What an index thins out goes quickly: a few steps then pass over all there is.
        width = (
            min(_MOST, width * 4) if took < seconds / 8 else max(_LEAST, width // 2) if took > seconds / 4 else width
        )
    return Searched(found, None)


def has_index(wanted: JobFilter) -> bool:
    """Return whether the jobs that are meant lie beside one another in an index, or are few."""
    if wanted.text or wanted.queue or wanted.published:
        return False
    named = [wanted.user is not None, bool(wanted.kind), bool(wanted.project)]
    return bool(wanted.trace or wanted.ids) or sum(named) <= 1


def _number(function: Any) -> ScalarSelect[Any]:
    # Each by itself: of both in one, SQLite would look at all.
    return select(function(Job.number)).scalar_subquery()


def time_of_job(session: Session, below: int) -> datetime | None:
    """When the oldest job was put on the queue of those that have this number or a higher one."""
    return session.scalar(select(Job.queued).where(Job.number >= below).order_by(Job.number).limit(1))
