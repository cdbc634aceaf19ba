"""Some worker processes over one queue, over a fake Redis and a real one; and a database of its own."""

from __future__ import annotations

from collections.abc import Iterator

import fakeredis
import pytest
import redis

from hubshare.store.database import Database
from tests.helpers.worker_cluster import Cluster


@pytest.fixture(params=["fake", "real"])
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    if request.param == "fake":
        server = fakeredis.FakeServer()
        cluster = Cluster(lambda: fakeredis.FakeRedis(server=server))
    else:
        request.getfixturevalue("redis_client")
        url = request.getfixturevalue("redis_url")
        cluster = Cluster(lambda: redis.Redis.from_url(url, socket_timeout=None))
    yield cluster
    cluster.close()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    made.migrate()
    yield made
    made.close()
