"""A git server with passwords, and a project that is pushed there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hubshare.testing.world import World
from tests.helpers.internet import Internet
from tests.helpers.mirror_story import SECRET, Story, told


@pytest.fixture(scope="module")
def internet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Internet]:
    with Internet.running(tmp_path_factory.mktemp("internet")) as found:
        found.writers["git"] = SECRET
        yield found


@pytest.fixture
def story(tmp_path: Path, internet: Internet) -> Iterator[Story]:
    with told(World(tmp_path), internet) as made:
        yield made


@pytest.fixture
def story_of_each(tmp_path: Path, database_url: str, internet: Internet) -> Iterator[Story]:
    """Over both databases."""
    with told(World(tmp_path, database_url=database_url), internet) as made:
        yield made
