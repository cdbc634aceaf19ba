"""Alice and Bob, who write, and Carol, who reads, each with a checkout of one project in a world."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hubshare.testing.world import Member, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "world", brake=5)
    yield made
    made.close()


@pytest.fixture
def alice(world: World) -> Member:
    member = world.join("alice")
    for path in ("a", "b", "folder/c", "folder/d"):
        member.write(path, f"first {path}")
    world.settle()
    return member


@pytest.fixture
def bob(world: World, alice: Member) -> Member:
    member = world.join("bob")
    world.settle()
    assert member.files() == alice.files()
    return member


@pytest.fixture
def carol(world: World, alice: Member) -> Member:
    member = world.join("carol", "reader")
    world.settle()
    return member


def clash(world: World, alice: Member, bob: Member, path: str = "a") -> None:
    """Both edit one path; alice is first."""
    alice.write(path, "alice's")
    alice.work()
    world.apply()
    bob.write(path, "bob's")
    world.settle()
    assert bob.conflicts()
