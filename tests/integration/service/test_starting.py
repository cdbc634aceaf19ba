"""The service answers from its first moment, and comes up behind that when what it waits for is there."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from hubshare import jobs
from hubshare.bus.bus import Bus
from hubshare.bus.processes import read_processes
from hubshare.embedded.installation import free_port
from hubshare.embedded.redis import RedisServer
from hubshare.testing.centre import PREFIX, wait_until

PAGE = {"accept": "text/html"}


class Started:
    """A process of the centre, as the Hub starts it, over a database that somebody else holds.

    Attributes:
        url: of the service.
    """

    def __init__(self, data: Path, redis_url: str, module: str, processes: int = 1) -> None:
        self.url = f"http://127.0.0.1:{free_port()}{PREFIX}"
        data.mkdir()
        self.held = sqlite3.connect(data / "hubshare.sqlite", isolation_level=None)
        self.held.execute("BEGIN EXCLUSIVE")
        own = {
            "HUBSHARE_DATA": str(data),
            "HUBSHARE_REDIS_URL": redis_url,
            "HUBSHARE_WORKER_PROCESSES": "1",
            "HUBSHARE_SERVICE_PROCESSES": str(processes),
            "JUPYTERHUB_SERVICE_URL": self.url,
            "JUPYTERHUB_SERVICE_PREFIX": PREFIX,
            "JUPYTERHUB_CLIENT_ID": "service-hubshare",
            "JUPYTERHUB_API_TOKEN": "x",
            "JUPYTERHUB_API_URL": "http://127.0.0.1:1/hub/api",
        }
        self.process = subprocess.Popen([sys.executable, "-m", module], env=os.environ | own)

    def get(self, path: str = "health", **headers: str) -> httpx.Response | None:
        try:
            return httpx.get(f"{self.url}{path}", headers=headers)
        except httpx.TransportError:
            return None

    def answer(self, path: str = "health", **headers: str) -> httpx.Response:
        found = self.get(path, **headers)
        assert found is not None
        return found

    def release(self) -> None:
        """Give the database free."""
        self.held.execute("ROLLBACK")
        self.held.close()

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture
def redis_alone(tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path / "redis") as server:
        yield server


@pytest.fixture
def start(tmp_path: Path, redis_alone: RedisServer) -> Iterator[Any]:
    started: list[Started] = []

    def start(module: str, processes: int = 1) -> Started:
        started.append(Started(tmp_path / "data", redis_alone.url, module, processes))
        return started[0]

    yield start
    for one in started:
        one.close()


def test_a_hub_starts_although_the_database_is_away_and_people_are_told(start: Any) -> None:
    service = start("hubshare.service")
    wait_until(lambda: service.get() is not None, "the service listens")
    told = service.answer()
    assert told.status_code == 503 and told.json()["status"] == "starting" and told.json()["stage"]
    assert "no-store" in told.headers["cache-control"] and int(told.headers["retry-after"]) > 0
    assert service.answer("").status_code == 200, "what a Hub waits for before it starts"
    assert service.answer("", **{"x-forwarded-proto": "http"}).status_code == 503
    page = service.answer("", **PAGE)
    assert page.status_code == 503 and "HubShare is starting" in page.text
    call = service.answer("api/v1/me", authorization="token x")
    assert (call.status_code, call.json()["code"]) == (503, "unavailable")
    service.release()
    wait_until(
        lambda: (said := service.get()) is not None and said.json().get("database") == "ok", "it has come up", 60
    )
    assert service.answer("api/v1/me").status_code == 401


def test_a_service_that_still_waits_ends_when_it_is_told_to(start: Any) -> None:
    service = start("hubshare.service")
    wait_until(lambda: service.get() is not None, "the service listens")
    service.process.terminate()
    assert service.process.wait(20) in (0, -15)


def test_one_process_of_several_is_missed_by_nobody(start: Any, redis_alone: RedisServer) -> None:
    service = start("hubshare.service", processes=2)
    service.release()
    bus, seen = Bus(redis_alone.url), dict[str, int]()

    def pids() -> set[int]:
        found = (one for one in read_processes(bus.redis) if one.report.part == "service" and not one.lost)
        seen.update({one.report.name: one.report.pid for one in found})
        return set(seen.values())

    wait_until(lambda: len(pids()) == 2, "both serve", 60)
    assert_only_loaded(service.process.pid, [psutil.CONN_LISTEN])
    assert service.answer("api/v1/me").status_code == 401
    killed = min(pids())
    os.kill(killed, signal.SIGKILL)
    assert [service.answer("api/v1/me").status_code for _ in range(20)] == [401] * 20, "nobody is refused"
    wait_until(lambda: len(pids() - {killed}) == 2, "another has come", 60)
    service.process.terminate()
    service.process.wait(20)
    assert service.get() is None
    assert not any(psutil.pid_exists(pid) for pid in pids()), "all have ended"


def assert_only_loaded(pid: int, connections: list[str]) -> None:
    """What is forked off this process gets nothing of it but what was imported, and these connections."""
    found = psutil.Process(pid)
    assert found.num_threads() == 1
    assert [one.status for one in found.net_connections()] == connections
    assert not [one.path for one in found.open_files() if "sqlite" in one.path]


def test_workers_wait_for_a_database_that_is_away(start: Any, redis_alone: RedisServer) -> None:
    workers = start("hubshare_workers")
    workers.release()
    bus = Bus(redis_alone.url)
    wait_until(lambda: jobs.alive(bus.redis) == 1, "the workers work")
    assert workers.process.poll() is None
