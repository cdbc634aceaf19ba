"""The centre's side of the bus, and one agent's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from hubshare.bus.bus import Bus
from tests.helpers.agent_credentials import Door, open_door


@pytest.fixture
def bus(redis_client: redis.Redis, redis_url: str) -> Iterator[Bus]:
    made = Bus(redis_url)
    yield made
    for name in made.sessions():
        made.redis.execute_command("ACL", "DELUSER", name)
    made.redis.close()


@pytest.fixture
def alice_at(bus: Bus, redis_url: str) -> Iterator[Door]:
    yield from open_door(bus, redis_url, "alice")
