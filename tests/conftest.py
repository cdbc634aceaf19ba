"""Databases for all tests, and which tests are run by one worker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubshare.errors import Unavailable
from hubshare.testing.postgres import PostgresServer

#: Each of these has a Hub of its own, which is started once.
_WITH_A_HUB = ("acceptance", "browser")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together, for `--dist loadgroup`, what uses the same Hub, or the same file's fixtures over the same database."""
    here = Path(__file__).parent
    for item in items:
        layer, name = item.path.relative_to(here).parts[:2]
        played = getattr(item, "callspec", None)
        database = played.params.get("centre", "") if played else ""
        item.add_marker(pytest.mark.xdist_group(layer if layer in _WITH_A_HUB else f"{name}-{database}"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server that all tests share; where there is none, they are skipped, but never in CI."""
    try:
        server = PostgresServer()
    except Unavailable as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"not tested over PostgreSQL: {error.message}")
    with server:
        yield server


@pytest.fixture(scope="session")
def postgres_database(postgres: PostgresServer) -> str:
    """The address of a database that tests use one after the other."""
    return postgres.create()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without rows, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'hubshare.sqlite'}"
    url: str = request.getfixturevalue("postgres_database")
    request.getfixturevalue("postgres").empty(url)
    return url
