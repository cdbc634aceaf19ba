"""How much waits in the queues, for how long, and whose it is."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from hubshare.jobs.broker import NAMESPACE

#: So many people are looked at in each lane, those whose turn is next.
_PEOPLE_MOST = 100


@dataclass(frozen=True)
class Depth:
    """What lies in one queue.

    Attributes:
        waiting: jobs that may be begun, or are set aside since their kind is paused.
        running: jobs in the hands of workers.
        delayed: jobs that are due later, such as the next try of one that has failed.
        dead: jobs that have failed for good within a week.
        aside: how many of a kind are set aside, by its name.
        oldest_seconds: since the oldest job that waits was put on the queue first; 0 where none waits.
        people: whose jobs wait, and how many; "" is the Hub itself. Those of whom most wait, of the next hundred.
    """

    queue: str
    waiting: int
    running: int
    delayed: int
    dead: int
    aside: dict[str, int]
    oldest_seconds: float
    people: list[tuple[str, int]]


def read_depths(client: Any, queues: Sequence[str]) -> list[Depth]:
    """Look at some queues, in three round trips for each, whatever lies in them.

    Args:
        client: connection to Redis.
    """
    return [_depth(client, queue) for queue in queues]


def _depth(client: Any, queue: str) -> Depth:
    at = f"{NAMESPACE}:{queue}"
    # At one moment: what ends between two of these answers would be counted twice.
    with client.pipeline(transaction=True) as pipe:
        pipe.hlen(f"{at}.msgs")
        pipe.hvals(f"{at}.held")
        pipe.hlen(f"{at}.DQ.msgs")
        pipe.zcard(f"{at}.XQ")
        pipe.smembers(f"{at}.aside")
        pipe.zrange(f"{at}.turns", 0, _PEOPLE_MOST - 1)
        pipe.zrange(f"{at}.slow.turns", 0, _PEOPLE_MOST - 1)
        all_, held, delayed, dead, kinds, fast, slow = pipe.execute()
    people = [person.decode() for person in [*fast, *slow]]
    kinds = sorted(kind.decode() for kind in kinds)
    lists = [f"{at}.waiting:{person}" for person in people] + [f"{at}.aside:{kind}" for kind in kinds]
    with client.pipeline(transaction=False) as pipe:
        for key in lists:
            pipe.llen(key)
            pipe.lindex(key, 0)
        found = pipe.execute()
    lengths, first = found[::2], [job for job in found[1::2] if job is not None]
    running = sum(int(count) for count in held)
    waits = sorted(zip(map(unquote, people), lengths, strict=False), key=lambda one: -one[1])
    return Depth(
        queue,
        max(0, all_ - running),
        running,
        delayed,
        dead,
        dict(zip(kinds, lengths[len(people) :], strict=True)),
        _oldest(client.hmget(f"{at}.msgs", first)) if first else 0.0,
        waits[:10],
    )


def _oldest(texts: list[bytes | None]) -> float:
    """The age of the oldest of some messages, in seconds, by the clock of whoever has put it on the queue."""
    begun = [json.loads(text)["message_timestamp"] / 1000 for text in texts if text is not None]
    return max((time.time() - at for at in begun), default=0.0)
