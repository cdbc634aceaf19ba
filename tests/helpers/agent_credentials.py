"""What an agent reaches Redis with."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import redis

from hubshare.bus.bus import Bus
from hubshare.bus.keys import acl_user
from hubshare.wire.agent import new_id


@dataclass
class Door:
    """What one agent session can reach Redis with."""

    user: str
    session: str
    client: redis.Redis


def open_door(bus: Bus, redis_url: str, user: str) -> Generator[Door, None, None]:
    """Give a new session of a user, until the generator is closed."""
    session = new_id()
    password = bus.open_session(user, session)
    address = redis_url.rpartition("@")[2]
    with redis.Redis.from_url(
        f"redis://{address}", username=acl_user(user, session), password=password, socket_timeout=30
    ) as client:
        yield Door(user, session, client)
