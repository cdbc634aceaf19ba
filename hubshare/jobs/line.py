"""Where a job that waits stands in line: exact among those of the same person, an estimate among everybody's."""

from __future__ import annotations

from typing import Any, NamedTuple

from hubshare.jobs.broker import NAMESPACE
from hubshare.jobs.presence import Queued
from hubshare.names import key_part

#: One's own line is looked through as far as that, and so many people whose turn is next are looked at.
_JOBS, _PEOPLE = 10_000, 100


class Place(NamedTuple):
    """A place in line.

    Attributes:
        own: which of the person's own jobs of the queue comes next, from 1; 0 where that is not known.
        all: about which of everybody's.
        paused: whether an admin has paused its queue or its kind.
    """

    own: int
    all: int
    paused: bool = False


def find_place(client: Any, job: Queued) -> Place | None:
    """Return where a job stands in line, in two round trips; None where it does not wait, or waits too far behind.

    Args:
        client: connection to Redis.

    Raises:
        RedisError: Redis does not answer.
    """
    at, person = f"{NAMESPACE}:{job.queue}", key_part(job.user)
    with client.pipeline(transaction=True) as pipe:
        pipe.smembers(f"{NAMESPACE}:__paused__")
        for name in job.ids():
            pipe.lpos(f"{at}.waiting:{person}", name, maxlen=_JOBS)
        for lane in ("turns", "slow.turns"):
            pipe.zrank(f"{at}.{lane}", person)
            pipe.zrange(f"{at}.{lane}", 0, _PEOPLE - 1)
        stopped, *own, fast, first, slow, then = pipe.execute()
    paused = not stopped.isdisjoint({f"queue:{job.queue}".encode(), f"kind:{job.message.partition(':')[0]}".encode()})
    places = [place for place in own if place is not None]
    if not places:
        return Place(0, 0, paused) if paused else None
    rank, people = (fast, first) if fast is not None else (slow, then)
    lengths = _lengths(client, at, people)
    mine = places[0] + 1
    if rank is None:
        return Place(mine, mine, paused)
    return Place(mine, turns_before(mine, rank, lengths) + 1, paused)


def turns_before(mine: int, rank: int, lengths: list[int]) -> int:
    """Return how many jobs come before one, where everybody in line is given one by one.

    Args:
        mine: which of one's own jobs it is, from 1.
        rank: how many people are before oneself.
        lengths: how many jobs those have who are next, oneself among them; of those farther away one each is assumed.
    """
    others = sum(
        min(length, mine if place < rank else mine - 1) for place, length in enumerate(lengths) if place != rank
    )
    return mine - 1 + others + max(0, rank - len(lengths))


def _lengths(client: Any, at: str, people: list[bytes]) -> list[int]:
    with client.pipeline(transaction=False) as pipe:
        for one in people:
            pipe.llen(f"{at}.waiting:{one.decode()}")
        return [int(length) for length in pipe.execute()]
