"""What admins of the Hub may do about one job: have it not begin, or begin once more after it has failed for good."""

from __future__ import annotations

from contextlib import suppress

import redis

from hubshare.centre import Centre
from hubshare.errors import Clash, NotFound
from hubshare.jobs.journal import clock
from hubshare.jobs.news import tell_moved
from hubshare.operations.caller import Caller
from hubshare.operations.ops import check_may_run, job_verbs
from hubshare.store.database import Session
from hubshare.store.job_list import find_job
from hubshare.store.job_tables import Job as Row
from hubshare.store.models import Project
from hubshare.store.retries import note_retried, retry_id


def cancel_job(caller: Caller, centre: Centre, *, job: str) -> None:
    """Have a job that waits in line not begin; whoever waits for it is told when its turn comes.

    Raises:
        Forbidden: for all but admins of the Hub.
        NotFound: there is none of that id.
        Clash: it does not wait in line, or its server would send it again.
    """
    row = _read(caller, centre, job)
    _check_done(job_verbs.cancel(centre, row, caller.user))
    with centre.database.begin("jobs") as session:
        _note(caller, session, row, cancelled=row.id)


def retry_job(caller: Caller, centre: Centre, *, job: str) -> str:
    """Put a job that has failed for good on its queue again; returns the id of the new one.

    Raises:
        Forbidden: for all but admins of the Hub.
        NotFound: there is none of that id.
        Clash: it has not failed, was retried already, what it needs is gone, or the same is on the queue already.
    """
    row = _read(caller, centre, job)
    _check_done(job_verbs.retry(centre, row))
    new = retry_id(row.id)
    with centre.database.begin("jobs") as session:
        note_retried(session, [row.id], clock())
        _note(caller, session, row, retried=row.id, job=new)
    with suppress(redis.RedisError):
        tell_moved(centre.bus.redis, [row.user])
    return new


def _check_done(reason: str) -> None:
    if reason:
        raise Clash(job_verbs.REASONS[reason])


def _read(caller: Caller, centre: Centre, job: str) -> Row:
    check_may_run(caller)
    with centre.database.read() as session:
        row = find_job(session, job)
    if row is None:
        raise NotFound(job_verbs.REASONS["gone"])
    return row


def _note(caller: Caller, session: Session, row: Row, **details: str) -> None:
    project = session.get(Project, row.project_id) if row.project_id else None
    caller.note(session, project, kind=row.kind, **details)
