"""The receiver of webhooks, and a project that has some."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hubshare.testing.world import World
from tests.helpers.receivers import Receiver, receiving
from tests.helpers.webhook_story import Story


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def story(tmp_path: Path, database_url: str, receiver: Receiver) -> Iterator[Story]:
    world = World(tmp_path, database_url=database_url)
    receiver.received.clear()
    receiver.answers.clear()
    yield Story(world, receiver)
    world.close()
