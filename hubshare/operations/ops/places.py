"""Where a job stands in line, in words."""

from __future__ import annotations

import redis

from hubshare.bus.keys import outbox
from hubshare.centre import Centre
from hubshare.jobs import APPLY, OutboxEntry
from hubshare.jobs.line import Place, find_place
from hubshare.jobs.presence import Queued, are_there
from hubshare.operations.caller import Caller
from hubshare.store.job_tables import Job
from hubshare.wire.api.agents import PlaceInLine


def place_of(centre: Centre, job: Job, whose: str) -> str:
    """Return where a job that is queued stands in line; "" where it is not, or where nobody can tell.

    Args:
        whose: word for the jobs of the same person: `your` or `this person's`.
    """
    if job.state != "queued":
        return ""
    try:
        place = find_place(centre.bus.redis, Queued(job.queue, job.user, job.message, max(1, job.attempt)))
    except redis.RedisError:
        return ""
    return words_of(place, whose) if place is not None else ""


def place_of_push(caller: Caller, centre: Centre, *, entry: str) -> PlaceInLine:
    """Where a push of the caller's agents stands.

    Args:
        entry: its id on their outbox.
    """
    key, where = APPLY.key, outbox(caller.user)
    assert key is not None
    job = Queued(APPLY.queue, caller.user, f"{APPLY.name}:{key(OutboxEntry(where, entry))}", 1)
    try:
        [there] = are_there(centre.bus.redis, [job])
        place = find_place(centre.bus.redis, job) if there else None
        left = not there and centre.bus.has_entry(where, entry)
    except redis.RedisError:
        return PlaceInLine(words="")
    if place is not None:
        return PlaceInLine(words=words_of(place, "your"))
    if left:
        return PlaceInLine(words="no worker has taken it up yet")
    return PlaceInLine(words="being published" if there else "")


def words_of(place: Place, whose: str) -> str:
    """Return a place in words. What others have in line changes who comes next: what is about them is said to be so."""
    if place.paused:
        return "paused by an admin"
    if place.all == 1:
        return "next in line"
    if place.all == place.own:
        return f"{ordinal(place.own)} in line"
    return f"{ordinal(place.own)} of {whose} jobs, about {ordinal(place.all)} in line"


def ordinal(number: int) -> str:
    """Return a number as a place: 1st, 2nd, 11th."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 not in (11, 12, 13) else "th"
    return f"{number:,}{ending}"
