"""Floods: whoever sent more than the Hub takes is listened to again after a pause, which is longer each time."""

from __future__ import annotations

from typing import Any

from hubshare.names import key_part

#: The pause after the first flood within an hour, doubled with each further one, and the longest, in seconds.
_FIRST, _MOST = 5, 600
#: After so many seconds without one, the next flood counts as the first.
_FORGOTTEN_SECONDS = 3600

_NOTE = """
local floods = redis.call("incr", KEYS[1])
redis.call("expire", KEYS[1], ARGV[3])
redis.call("set", KEYS[2], floods, "ex", math.min(ARGV[1] * 2 ^ math.min(floods - 1, 20), ARGV[2]))
"""


def note_flood(client: Any, user: str) -> None:
    """Begin a pause.

    Args:
        client: connection to Redis.
        user: whose outbox or inbox was over the limits.
    """
    client.eval(_NOTE, 2, _floods(user), _pause(user), _FIRST, _MOST, _FORGOTTEN_SECONDS)


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
