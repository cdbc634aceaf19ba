"""Which queues and kinds of jobs are paused, as the queue itself sees it: a copy of what the database says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hubshare.jobs.broker import NAMESPACE

#: Set of what is paused: `queue:NAME` and `kind:NAME`; the queue's script goes by it.
_PAUSED = f"{NAMESPACE}:__paused__"

#: Counts those who begin to copy: whoever was overtaken writes nothing, since what it has read may be of before.
_TICKETS = f"{NAMESPACE}:__paused__.tickets"

_WRITE = """
if redis.call("get", KEYS[2]) ~= ARGV[1] then return end
redis.call("del", KEYS[1])
if #ARGV > 1 then redis.call("sadd", KEYS[1], unpack(ARGV, 2)) end
"""


def take_ticket(client: Any) -> int:
    """Begin to copy: call this before the database is read.

    Args:
        client: connection to Redis.
    """
    return int(client.incr(_TICKETS))


def write_paused(client: Any, ticket: int, paused: Iterable[str]) -> None:
    """Pause just these from now on, in one step, and have all else go on; unless somebody has begun later to copy.

    Args:
        client: connection to Redis.
        ticket: of `take_ticket`.
        paused: `queue:NAME` and `kind:NAME`.
    """
    client.eval(_WRITE, 2, _PAUSED, _TICKETS, ticket, *sorted(paused))


def read_paused(client: Any) -> set[str]:
    """What the queue takes for paused: `queue:NAME` and `kind:NAME`.

    Args:
        client: connection to Redis.
    """
    return {what.decode() for what in client.smembers(_PAUSED)}
