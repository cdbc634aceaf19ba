"""Floods: whoever sent more than the Hub takes is listened to again after a pause, which is longer each time."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from hubshare.names import key_part

#: The pause after the first flood within an hour, doubled with each further one, and the longest, in seconds.
_FIRST, _MOST = 5, 600
#: After so many seconds without one, the next flood counts as the first.
_FORGOTTEN_SECONDS = 3600

_NOTE = """
local floods = redis.call("incr", KEYS[1])
redis.call("expire", KEYS[1], ARGV[3])
local pause = math.min(ARGV[1] * 2 ^ math.min(floods - 1, 20), ARGV[2])
redis.call("set", KEYS[2], floods, "ex", pause)
local now = redis.call("time")[1]
redis.call("zremrangebyscore", KEYS[3], "-inf", now)
redis.call("zadd", KEYS[3], now + pause, ARGV[4])
redis.call("expire", KEYS[3], ARGV[2])
"""
#: Sorted set: users, by the Redis time (s) at which their pause ends.
_PAUSED = "hubshare:floods"
#: So many of them are told of.
_TOLD_MOST = 100


def note_flood(client: Any, user: str) -> None:
    """Begin a pause.

    Args:
        client: connection to Redis.
        user: whose outbox or inbox was over the limits.
    """
    client.eval(_NOTE, 3, _floods(user), _pause(user), _PAUSED, _FIRST, _MOST, _FORGOTTEN_SECONDS, key_part(user))


def floods(client: Any) -> list[tuple[str, float]]:
    """Users who are not listened to now, and for how many seconds more; those with the longest pauses.

    Args:
        client: connection to Redis.
    """
    now, _ = client.time()
    found = client.zrevrangebyscore(_PAUSED, "+inf", f"({now}", start=0, num=_TOLD_MOST, withscores=True)
    return [(unquote(user.decode()), until - now) for user, until in found]


def flood_pause(client: Any, user: str) -> int:
    """In how many seconds a user is listened to again; 0 for at once.

    Args:
        client: connection to Redis.
    """
    left = client.pttl(_pause(user))
    return -(-left // 1000) if left > 0 else 0


def _floods(user: str) -> str:
    return f"hubshare:floods:{key_part(user)}"


def _pause(user: str) -> str:
    return f"hubshare:flooded:{key_part(user)}"
