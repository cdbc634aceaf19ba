"""Real servers for the tests in this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from hubshare.embedded.redis import RedisServer
from hubshare.testing.centre import TestCentre
from tests.helpers.access_fixture import Stages
from tests.helpers.centre_fixture import alice, bob, centre, homes  # noqa: F401


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give tests a centre over SQLite, or over the kinds of database that their mark names."""
    if "centre" in metafunc.fixturenames:
        marked = metafunc.definition.get_closest_marker
        kinds = (
            ["sqlite", "postgres"] if marked("both_databases") else ["postgres" if marked("postgresql") else "sqlite"]
        )
        metafunc.parametrize("centre", kinds, indirect=True, scope="session")


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of a Redis server that all tests share."""
    with RedisServer() as server:
        yield server.url


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[redis.Redis]:
    """A connection to the shared Redis server, which is empty."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
        yield client


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis server for one test, which may stop, kill and start it; what it was told is on disk."""
    with RedisServer(tmp_path / "redis") as server:
        yield server


@pytest.fixture(scope="session")
def stages(centre: TestCentre) -> Iterator[Stages]:  # noqa: F811
    """Stages on the centre, on which access is played."""
    made = Stages(centre)
    yield made
    made.leave()
