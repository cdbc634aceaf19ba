"""News of jobs: whoever has written down what became of some tells whose they are, for those who look at lists of them."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, NamedTuple

#: Channel of Redis.
MOVED = "hubshare:jobs-moved"
#: Of more people, or projects, it is not told which they are.
_MOST = 200


class Moved(NamedTuple):
    """Which jobs have moved.

    Attributes:
        users: whose; "" is the Hub itself; None for anybody's.
        projects: ids of the projects that they change; None for any.
    """

    users: Collection[str] | None = None
    projects: Collection[str] | None = None


def tell_moved(client: Any, users: Collection[str], projects: Collection[str] = ()) -> None:
    """Say that something became of jobs. Whoever does not hear it misses nothing: what is true lies in the tables.

    Args:
        client: connection to Redis.
        users, projects: see `Moved`.
    """
    told = (sorted(names) if len(names) <= _MOST else None for names in (users, projects))
    client.publish(MOVED, json.dumps(Moved(*told)))


def read_moved(message: bytes) -> Moved:
    """Which jobs have moved, out of what was told."""
    return Moved(*(None if names is None else frozenset(names) for names in json.loads(message)))
