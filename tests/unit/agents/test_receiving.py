"""What a checkout takes for agreed and published when messages of the centre come in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hubshare_agents.checkout.receiving import receive

from hubshare.git.packs import Pack
from hubshare.testing.world import Member, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "world")
    yield made
    made.close()


@pytest.fixture
def alice(world: World) -> Member:
    member = world.join("alice")
    member.write("a", "first")
    world.settle()
    return member


def test_an_edit_while_a_push_of_the_same_file_is_under_way_is_no_conflict_with_it(world: World, alice: Member) -> None:
    alice.write("a", "pushed")
    alice.work()
    alice.write("a", "edited since")
    world.settle()
    assert alice.conflicts() == {} and alice.read("a") == "edited since"
    bob = world.join("bob")
    world.settle()
    assert bob.files() == {"a": "edited since"}


def test_a_version_that_comes_late_takes_nothing_back(world: World, alice: Member) -> None:
    bob = world.join("bob")
    world.settle()
    older, number = bob.local.state.base, bob.local.state.number
    alice.write("a", "newer")
    world.settle()
    known = bob.local.state
    path = world.centre.repositories.update(world.project.id, None, older)
    with closing(Pack(path, limits=None)) as pack:
        receive(bob.local, older, number, pack)
    assert bob.local.state == known
    world.settle()
    assert bob.files() == alice.files() == {"a": "newer"}
