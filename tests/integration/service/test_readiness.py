"""Readiness tells the truth: with a database that is locked, a Redis that is gone or full, and workers that are not there."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from hubshare.centre import Centre
from hubshare.config import CentreSettings
from hubshare.embedded.redis import RedisServer
from hubshare.errors import Unavailable
from hubshare.operations.health import ready_checks
from hubshare.operations.ops.metrics import render_metrics
from hubshare.service.background.readiness import Parts
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.api.hub import Readiness


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[tuple[Centre, RedisServer]]:
    """A centre without workers, over a Redis of its own."""
    with RedisServer(tmp_path / "redis") as server:
        settings = CentreSettings.model_validate({"data": tmp_path / "data", "redis_url": server.url})
        centre = Centre.open(settings)
        yield centre, server
        centre.database.close()


def look(centre: Centre, seconds: float = 20.0) -> Readiness:
    return asyncio.run(Parts(ready_checks(centre), seconds).look())


def test_a_service_with_workers_says_so_without_a_token(centre: TestCentre) -> None:
    def ask() -> httpx.Response:
        return httpx.get(f"{centre.url}health/ready", timeout=30)

    wait_until(lambda: ask().status_code == 200, "the workers read the outboxes")
    assert set(ask().json().values()) == {True, "ok"}


def test_without_workers_with_a_locked_database_and_without_redis_it_is_not(
    alone: tuple[Centre, RedisServer],
) -> None:
    centre, server = alone
    found = look(centre)
    assert not found.ready and found.database == found.redis == found.disk == "ok"
    assert found.workers == "none is running" and "no worker process reads" in found.intake

    locking = sqlite3.connect(centre.settings.data / "hubshare.sqlite", isolation_level=None)
    locking.execute("BEGIN IMMEDIATE")
    centre.bus.redis.config_set("maxmemory", 1)
    found = look(centre, 0.5)
    assert (found.database, found.redis) == ("does not answer within 0 s", "does not answer")
    locking.execute("ROLLBACK")
    locking.close()

    server.stop()
    found = look(centre)
    assert found.database == "ok" and found.redis == found.workers == found.intake == "does not answer"


@pytest.mark.parametrize("away", ["redis", "database"])
def test_what_nobody_could_count_is_not_told_as_none(
    alone: tuple[Centre, RedisServer], away: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre, server = alone
    assert 'hubshare_workers{state="working"} 0.0' in render_metrics(centre).decode()
    if away == "redis":
        server.stop()
    else:
        monkeypatch.setattr(centre.database, "check", _locked)
    asked = list[str]()
    monkeypatch.setattr("hubshare.operations.ops.metrics.read_processes", lambda _: asked.append("processes") or [])
    text = render_metrics(centre).decode()
    assert f'hubshare_up{{part="{away}"}} 0.0' in text and 'hubshare_findings{severity="broken"}' in text
    assert "hubshare_worker" not in text and "hubshare_queue" not in text
    assert bool(asked) == (away == "database"), "a Redis that does not answer is not waited for again"


def _locked() -> None:
    raise Unavailable("The database is locked.")


def test_a_part_that_hangs_is_asked_once_however_many_want_to_know() -> None:
    asked, go_on = list[str](), threading.Event()

    def hang() -> str:
        asked.append("database")
        go_on.wait(30)
        return "ok"

    well = dict.fromkeys(("redis", "workers", "intake", "disk"), lambda: "ok")
    parts = Parts({"database": hang, **well}, 0.05)

    async def play() -> None:
        found = await asyncio.gather(*(parts.look() for _ in range(50)))
        assert asked == ["database"] and not any(one.ready for one in found)
        assert found[0].database == "does not answer within 0 s" and found[0].redis == "ok"
        go_on.set()
        while not (await parts.look()).ready:
            pass

    asyncio.run(play())
