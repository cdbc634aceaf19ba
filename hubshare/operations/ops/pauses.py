"""Pauses: queues and kinds of jobs of which no job is begun, until an admin lets them go on.

The database has them, so they last whatever is started again or forgotten. The queue has a copy, by which it goes; each worker
process copies anew when it starts and every few seconds.
"""

from __future__ import annotations

from hubshare.centre import Centre
from hubshare.errors import Invalid, NotFound
from hubshare.jobs.pausing import take_ticket, write_paused
from hubshare.operations.caller import Caller
from hubshare.operations.ops import check_may_run
from hubshare.operations.ops.queues import known_kinds
from hubshare.store import pauses
from hubshare.wire.api.ops import Pause


def mirror_pauses(centre: Centre) -> None:
    """Have the queue go by what the database says.

    Raises:
        Unavailable: the database does not answer.
        RedisError: Redis does not.
    """
    ticket = take_ticket(centre.bus.redis)
    with centre.database.read() as session:
        paused = [pause.what for pause in pauses.pauses(session)]
    write_paused(centre.bus.redis, ticket, paused)


def pause_jobs(caller: Caller, centre: Centre, *, what: str, reason: str = "") -> Pause:
    """Begin no more jobs of a queue or a kind; those that have begun are finished. What is paused stays as it is.

    Args:
        what: `queue:NAME` or `kind:NAME`.

    Raises:
        Forbidden: for all but admins of the Hub.
        Invalid: it is called neither `queue:NAME` nor `kind:NAME`.
        NotFound: there is no such queue or kind.
    """
    check_may_run(caller)
    _check_known(centre, what)
    with centre.database.begin("pauses") as session:
        if pauses.add_pause(session, what, caller.user, reason):
            caller.note(session, None, paused=what, reason=reason)
    with centre.database.read() as session:
        found = next((pause for pause in pauses.pauses(session) if pause.what == what), None)
    mirror_pauses(centre)
    if found is None:
        raise NotFound(f"{what} goes on again: somebody else has just said so.")
    return Pause.model_validate(found, from_attributes=True)


def resume_jobs(caller: Caller, centre: Centre, *, what: str) -> None:
    """Let a queue or a kind go on; nothing happens where it is not paused.

    Raises:
        Forbidden: for all but admins of the Hub.
    """
    check_may_run(caller)
    with centre.database.begin("pauses") as session:
        if not pauses.end_pause(session, what):
            return
        caller.note(session, None, resumed=what)
    mirror_pauses(centre)
    # What waits is begun at once: this rings for whoever takes jobs there.
    for queue in set(known_kinds(centre).values()):
        centre.queue.do_maintain(queue)


def _check_known(centre: Centre, what: str) -> None:
    sort, _, name = what.partition(":")
    if sort not in ("queue", "kind"):
        raise Invalid("What is paused is called queue:NAME or kind:NAME.")
    kinds = known_kinds(centre)
    if name not in (kinds if sort == "kind" else kinds.values()):
        raise NotFound(f"There is no {sort} of jobs of this name: `GET /ops/queues` lists all.")
