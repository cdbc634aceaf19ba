"""What admins of the Hub may do about one job: have it not begin, or begin once more after it has failed for good."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis
from dramatiq.errors import ConnectionClosed

from hubshare.centre import Centre
from hubshare.errors import Clash, NotFound, Unavailable
from hubshare.jobs import JOBS
from hubshare.jobs.intervening import mark_cancelled, revive
from hubshare.jobs.journal import LAST, Note, clock
from hubshare.jobs.presence import Queued
from hubshare.operations.caller import Caller
from hubshare.operations.ops import check_may_run
from hubshare.store.job_list import find_job
from hubshare.store.job_tables import Job as Row
from hubshare.store.models import Project

_REVIVABLE = {job.name for job in JOBS if job.revivable}
#: What a server sends again until it is answered.
_OF_SERVERS = ("push", "pull", "sync", "apply_event")


def cancel_job(caller: Caller, centre: Centre, *, job: str) -> None:
    """Have a job that waits in line not begin; whoever waits for it is told when its turn comes.

    Raises:
        Forbidden: for all but admins of the Hub.
        NotFound: there is none of that id.
        Clash: it does not wait in line, or its server would send it again.
    """
    row = _read(caller, centre, job)
    if row.kind in _OF_SERVERS:
        raise Clash("A server sends this again until it is answered: it is cancelled there, by `hubshare cancel`.")
    if row.state in LAST:
        raise Clash("This job has ended already.")
    with _translated():
        waits = mark_cancelled(centre.bus.redis, _queued(row), caller.user)
    if not waits:
        raise Clash("This job has begun, or waits for the time of its next try: cancel it when it is in line again.")
    _note(caller, centre, row, cancelled=row.id)


def retry_job(caller: Caller, centre: Centre, *, job: str) -> str:
    """Put a job that has failed for good on its queue again; returns the id of the new one.

    Raises:
        Forbidden: for all but admins of the Hub.
        NotFound: there is none of that id.
        Clash: it has not failed, what it needs is gone, or the same is on the queue already.
    """
    row = _read(caller, centre, job)
    if row.state not in ("failed", "cancelled"):
        raise Clash("Only a job that has failed for good, or was cancelled, can be tried again.")
    if row.kind in _OF_SERVERS:
        raise Clash("A server sends this again by itself: nothing has to be done.")
    if row.kind not in _REVIVABLE:
        raise Clash("What this job needs is not kept once it has failed: whoever asked for it asks once more.")
    facts = ("kind", "queue", "message", "user", "trace", "token", "door", "arguments")
    known = {name: getattr(row, name) for name in facts} | {"project": row.project_id}
    with _translated():
        new = revive(centre.queue, centre.bus.redis, _queued(row), lambda name: Note(name, "queued", clock(), **known))
    if new is None:
        raise Clash("The queue does not have this job any more, or has the same work already: see the newer ones.")
    _note(caller, centre, row, retried=row.id, job=new)
    return new


def _read(caller: Caller, centre: Centre, job: str) -> Row:
    check_may_run(caller)
    with centre.database.read() as session:
        row = find_job(session, job)
    if row is None:
        raise NotFound("There is no such job: it may have been forgotten by now.")
    return row


def _queued(row: Row) -> Queued:
    return Queued(row.queue, row.user, row.message, row.attempt)


def _note(caller: Caller, centre: Centre, row: Row, **details: str) -> None:
    with centre.database.begin("jobs") as session:
        project = session.get(Project, row.project_id) if row.project_id else None
        caller.note(session, project, kind=row.kind, **details)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (redis.RedisError, ConnectionClosed) as error:
        raise Unavailable("HubShare's Redis does not answer: try again in a moment.") from error
