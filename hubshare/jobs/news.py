"""News of jobs: whoever has written down what became of some tells whose they are, for those who look at lists of them."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

#: Channel of Redis.
MOVED = "hubshare:jobs-moved"
#: Of more people it is not told who they are.
_MOST = 200


def tell_moved(client: Any, users: Collection[str]) -> None:
    """Say that something became of jobs. Whoever does not hear it misses nothing: what is true lies in the tables.

    Args:
        client: connection to Redis.
        users: whose jobs; "" is the Hub itself.
    """
    client.publish(MOVED, json.dumps(sorted(users) if len(users) <= _MOST else None))


def read_moved(message: bytes) -> frozenset[str] | None:
    """Whose jobs have moved, out of what was told; None for anybody's."""
    users = json.loads(message)
    return None if users is None else frozenset(users)
