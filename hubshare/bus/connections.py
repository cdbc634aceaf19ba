"""Connections to Redis: each user has a few, which hold little, and those that never give a password do not pile up.

Redis bounds each connection; how many a user has, and what they hold together, only a look at all of them can.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from hubshare.config import MIB

#: What the centre calls its own connections. Whoever has not given a password cannot call a connection anything.
CLIENT_NAME = "hubshare"
#: Most connections of one user: an agent has up to 4, and each single-user server has an agent.
EACH = 64
#: Most bytes that Redis holds for the connections of one user.
EACH_BYTES = 32 * MIB
#: So many connections without a name may be there; one of so few seconds may be about to give its password.
_NAMELESS, _YOUNG_SECONDS = 100, 10
#: So many are ended in one look.
_MOST_ENDED = 5000
_USER = re.compile(r"hubshare-(.*)-[0-9a-f]{32}")
_LOCK = "hubshare:connections:look"


class Connection(NamedTuple):
    """One connection, as Redis lists it.

    Attributes:
        id: of the connection; later ones have larger ids.
        user: of Redis.
        name: that its client gave it.
        age: in seconds.
        held: bytes that Redis holds for it.
    """

    id: int
    user: str
    name: str
    age: int
    held: int


def read_connections(listed: bytes) -> list[Connection]:
    """The connections in the answer to CLIENT LIST."""
    found = []
    for line in listed.decode(errors="replace").splitlines():
        facts = dict(part.partition("=")[::2] for part in line.split(" ") if "=" in part)
        held = int(facts.get("tot-mem", facts.get("omem", 0)))
        found.append(
            Connection(int(facts["id"]), facts.get("user", ""), facts.get("name", ""), int(facts.get("age", 0)), held)
        )
    return found


def to_end(connections: Sequence[Connection], nameless: bool) -> list[int]:
    """The ids of the connections that are too many, or hold too much.

    Args:
        nameless: whether Redis is the centre's alone, so that a connection without a name is one that has not given a password.
    """
    of_user: dict[str, list[Connection]] = defaultdict(list)
    strangers = []
    for connection in connections:
        if found := _USER.fullmatch(connection.user):
            of_user[found[1]].append(connection)
        elif nameless and connection.user == "default" and not connection.name and connection.age > _YOUNG_SECONDS:
            strangers.append(connection)
    ended: set[int] = set()
    for each in of_user.values():
        newest = sorted(each, reverse=True)
        # The newest stay: an agent that connects again gets through.
        ended |= {connection.id for connection in newest[EACH:]}
        left = sorted(newest[:EACH], key=lambda connection: connection.held)
        held = sum(connection.held for connection in left)
        while held > EACH_BYTES:
            largest = left.pop()
            held -= largest.held
            ended.add(largest.id)
    ended |= {connection.id for connection in sorted(strangers, reverse=True)[_NAMELESS:]}
    return sorted(ended)[:_MOST_ENDED]


def end_connections(client: Any, *, nameless: bool, every: float) -> int:
    """Look at all connections, unless another process has just done so, and end those that are too many.

    Args:
        client: connection to Redis.
        nameless: see `to_end`.
        every: seconds.

    Returns:
        How many were ended.
    """
    if not client.set(_LOCK, "1", nx=True, px=max(1, int(every * 1000))):
        return 0
    ended = to_end(read_connections(client.execute_command("CLIENT", "LIST")), nameless)
    _end(client, ended)
    return len(ended)


def _end(client: Any, ids: Iterable[int]) -> None:
    with client.pipeline(transaction=False) as pipe:
        for number in ids:
            pipe.execute_command("CLIENT", "KILL", "ID", number)
        # One that has ended by itself meanwhile is no error.
        pipe.execute(raise_on_error=False)
