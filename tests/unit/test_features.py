"""A feature is in the one list, and each process loads the parts that are its own."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import dramatiq
import pytest
from dramatiq.brokers.stub import StubBroker
from httpx import ASGITransport, AsyncClient
from hubshare_workers.context import Context
from hubshare_workers.declare import all_jobs, declare, given_up
from hubshare_workers.middleware import DeadLetter

from hubshare import features, jobs
from hubshare.centre import Centre
from hubshare.config import CentreSettings
from hubshare.service.app import make_app
from hubshare.service.web.openapi import document
from hubshare.testing.centre import PREFIX, StaticHub, StaticLogin, StaticTokens
from tests.helpers.example_feature import COUNT, EXAMPLE, Word, counted


@pytest.fixture(autouse=True)
def example(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example in the list of features."""
    monkeypatch.setattr(features, "FEATURES", (EXAMPLE,))
    counted.clear()


@pytest.fixture
def centre(tmp_path: Path) -> Centre:
    return Centre.open(CentreSettings(data=tmp_path / "data"))


def test_the_service_has_the_routes_of_a_feature(centre: Centre) -> None:
    app = make_app(centre, StaticTokens(), StaticHub(), StaticLogin(), PREFIX)
    counted.append("one")

    async def texts(*paths: str) -> list[str]:
        async with AsyncClient(transport=ASGITransport(app), base_url="http://hub.test") as client:
            return [(await client.get(PREFIX + path)).text for path in paths]

    assert asyncio.run(texts("api/v1/counted", "counted")) == ["1", "1 counted"]
    assert f"{PREFIX}api/v1/counted" in document(app)["paths"]


def test_the_workers_do_the_jobs_of_a_feature_and_give_them_up(centre: Centre) -> None:
    found, context = [job for job in all_jobs() if job not in jobs.JOBS], Context(centre, None)  # type: ignore[arg-type]
    broker = StubBroker(middleware=[DeadLetter(given_up(context, found)), *jobs.standard_middleware()])
    declare(broker, context, found)
    worker = dramatiq.Worker(broker, worker_timeout=20, worker_threads=1)
    worker.start()
    try:
        for word in ("bad", "good"):
            COUNT.enqueue(broker, Word(word))
        broker.join(COUNT.queue, fail_fast=False)
        worker.join()
    finally:
        worker.stop()
        broker.close()
    assert counted == ["bad given up: ValueError('bad')", "good in data"]


def test_a_part_that_is_not_there_or_is_something_else_is_said_at_the_start(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features, "FEATURES", (replace(EXAMPLE, jobs="tests.helpers.example_feature:nothing"),))
    with pytest.raises(ImportError, match=re.escape("'tests.helpers.example_feature:nothing' is not there")):
        all_jobs()
    monkeypatch.setattr(features, "FEATURES", (replace(EXAMPLE, jobs="tests.helpers.example_feature:count"),))
    with pytest.raises(TypeError, match="is not a list of jobs"):
        all_jobs()
    monkeypatch.setattr(features, "FEATURES", (replace(EXAMPLE, pages="tests.helpers.example_feature:count"),))
    with pytest.raises(TypeError, match="is a part of a feature and no router"):
        make_app(centre, StaticTokens(), StaticHub(), StaticLogin(), PREFIX)


def test_the_list_itself_imports_no_feature_and_no_web() -> None:
    script = "import sys; import hubshare.features; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not [name for name in loaded if name.startswith(("hubshare.features.", "fastapi", "sqlalchemy", "dramatiq"))]


def test_every_feature_is_a_folder_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    folders = {path.name for path in Path(features.__file__).parent.iterdir() if path.is_dir() and path.name[0] != "_"}
    assert folders == {feature.name for feature in features.FEATURES}
    for feature in features.FEATURES:
        for part, named in (("api", feature.api), ("pages", feature.pages), ("jobs", feature.jobs)):
            if named:
                assert named.startswith(f"hubshare.features.{feature.name}.{part}:")
                features.load(named)
