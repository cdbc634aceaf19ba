"""Somebody more, and teams, for the tests in this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hubshare.wire.agent import new_id
from tests.helpers.centre_fixture import Home, Homes
from tests.helpers.command_line import says


@pytest.fixture(scope="session")
def clara(homes: Homes) -> Home:
    return homes("clara")


@pytest.fixture
def team(alice: Home) -> Iterator[str]:
    """A team of alice's that is new."""
    name = f"team-{new_id()[:8]}"
    says(alice, "team", "create", name)
    yield name


@pytest.fixture(scope="session")
def tracked(alice: Home) -> Path:
    """A shared folder that others are tried around."""
    made, _ = alice.share("tracked", {"in/a.txt": "a"})
    return made
