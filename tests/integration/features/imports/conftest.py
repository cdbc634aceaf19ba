"""One internet for all tests of a file, and somebody who imports from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hubshare.client import Client
from hubshare.features.imports import operations
from hubshare.testing.centre import TestCentre, TestHome
from tests.helpers.fetching import Importer
from tests.helpers.internet import Internet
from tests.helpers.zip_site import Site


@pytest.fixture(scope="module")
def internet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Internet]:
    with Internet.running(tmp_path_factory.mktemp("internet")) as found:
        yield found


@pytest.fixture
def importer(tmp_path: Path, internet: Internet) -> Iterator[Importer]:
    made = Importer(tmp_path, internet)
    internet.asked.clear()
    yield made
    made.into.close()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few people ask for all of these within a minute."""
    monkeypatch.setattr(operations, "_A_MINUTE", 1000)


@pytest.fixture
def site(internet: Internet) -> Iterator[Site]:
    made = Site(internet)
    yield made
    made.gate.set()


@pytest.fixture
def client(centre: TestCentre, alice: TestHome) -> Iterator[Client]:
    with Client(centre.url, alice.user) as made:
        yield made


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name of a project that no other test has."""
    return f"p{abs(hash(request.node.nodeid)):x}"
