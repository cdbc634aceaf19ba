"""What admins can do about a job, and why it cannot be done: the same for one and for many."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import redis
from dramatiq.errors import ConnectionClosed

from hubshare.centre import Centre
from hubshare.errors import Unavailable
from hubshare.jobs import ACT_ON_JOBS, JOBS
from hubshare.jobs.intervening import mark_cancelled, revive
from hubshare.jobs.journal import LAST, Note, clock
from hubshare.jobs.presence import Queued
from hubshare.store.job_list import find_job
from hubshare.store.job_tables import Job as Row
from hubshare.store.retries import RETRIED, retry_id

Verb = Literal["retry", "cancel", "delete"]

_REVIVABLE = {job.name for job in JOBS if job.revivable}
#: What a server sends again until it is answered.
_OF_SERVERS = ("push", "pull", "sync", "apply_event")

#: Why something cannot be done, by a stable name.
REASONS = {
    "ended": "This job has ended already.",
    "begun": "This job has begun, or waits for the time of its next try: cancel it when it is in line again.",
    "retried": "This job was retried already: see the job that does it once more.",
    "not-failed": "Only a job that has failed for good, or was cancelled, can be tried again.",
    "not-over": "Only a job that is over can be taken off the list.",
    "of-a-server": "A server sends this again until it is answered: it is cancelled there, by `hubshare cancel`.",
    "sent-again": "A server sends this again by itself: nothing has to be done.",
    "an-act": "This job carries out an act on many jobs: cancel that act.",
    "needs-gone": "What this job needs is not kept once it has failed: whoever asked for it asks once more.",
    "not-on-queue": "The queue does not have this job any more, or has the same work already: see the newer ones.",
    "gone": "There is no such job: it may have been forgotten by now.",
}


def hindrance(verb: Verb, kind: str, state: str) -> str:
    """Return why a job of a kind cannot have this done in a state, as a name of `REASONS`; "" where the queue decides."""
    if verb == "delete":
        return "" if state in LAST else "not-over"
    if verb == "cancel":
        if kind in _OF_SERVERS:
            return "of-a-server"
        return "an-act" if kind == ACT_ON_JOBS.name else "ended" if state in LAST else ""
    if state == "retried":
        return "retried"
    if state not in RETRIED:
        return "not-failed"
    if kind in _OF_SERVERS:
        return "sent-again"
    return "" if kind in _REVIVABLE else "needs-gone"


def cancel(centre: Centre, row: Row, by: str) -> str:
    """Have a job not begin; return why that is not possible, or "".

    Raises:
        Unavailable: Redis does not answer.
    """
    if reason := hindrance("cancel", row.kind, row.state):
        return reason
    with _translated():
        return "" if mark_cancelled(centre.bus.redis, _queued(row), by) else "begun"


def retry(centre: Centre, row: Row) -> str:
    """Put a job on its queue again, as another one, see `retry_id`; return why that is not possible, or "".

    Whoever asks writes that down, see `note_retried`; one that dies before may ask again.

    Raises:
        Unavailable: Redis does not answer.
    """
    if reason := hindrance("retry", row.kind, row.state):
        return reason
    facts = ("kind", "queue", "message", "user", "trace", "token", "door", "arguments")
    known = {name: getattr(row, name) for name in facts} | {"project": row.project_id, "retry_of": row.id}
    new = retry_id(row.id)
    with centre.database.read() as session:
        if find_job(session, new) is not None:
            return ""
    with _translated():
        there = revive(
            centre.queue, centre.bus.redis, _queued(row), row.id, new, lambda: Note(new, "queued", clock(), **known)
        )
    return "" if there else "not-on-queue"


def _queued(row: Row) -> Queued:
    return Queued(row.queue, row.user, row.message, row.attempt)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (redis.RedisError, ConnectionClosed) as error:
        raise Unavailable("HubShare's Redis does not answer: try again in a moment.") from error
