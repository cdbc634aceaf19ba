"""One internet for all tests of a file, and somebody who imports from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hubshare.features.imports import operations
from tests.helpers.fetching import Importer
from tests.helpers.internet import Internet


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
