"""Edits that an editor has not saved while its file was replaced: both versions are there afterwards, whatever is done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hubshare_agents.checkout import unsaved
from hubshare_agents.checkout.planning import settle

from hubshare.errors import Clash
from hubshare.testing.world import Member, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def replaced(world: World) -> tuple[Member, Member]:
    """Alice and Bob, on whose disk her second version of a file has been put."""
    alice, bob = world.join("alice"), world.join("bob")
    alice.write("a.txt", "one\n")
    world.settle()
    alice.write("a.txt", "hers\n")
    world.settle()
    assert bob.read("a.txt") == "hers\n"
    return alice, bob


def kept(bob: Member) -> set[str]:
    found = set()
    for one in bob.local.index.kept("a.txt"):
        if one.commit is None:
            found.add(b"".join(bob.local.stash.stream(one)).decode())
    return found


def test_what_is_saved_over_a_newer_version_is_a_conflict_and_no_overwrite(world: World) -> None:
    alice, bob = replaced(world)
    unsaved.save_beside(bob.local, "a.txt", b"mine\n")
    [conflict] = settle(bob.local).conflicts
    assert (conflict.path, conflict.kind) == ("a.txt", "edited on both sides")
    world.settle()
    assert bob.read("a.txt") == "mine\n" and alice.read("a.txt") == "hers\n"
    with world.centre.database.read():
        assert world.published()["a.txt"] == conflict.theirs


def test_both_sides_can_still_be_picked(world: World) -> None:
    alice, bob = replaced(world)
    unsaved.save_beside(bob.local, "a.txt", b"mine\n")
    world.settle()
    bob.resolve("theirs", "a.txt")
    assert bob.read("a.txt") == "hers\n" and kept(bob) == {"mine\n"}
    alice.write("a.txt", "hers again\n")
    world.settle()
    assert bob.read("a.txt") == "hers again\n"


def test_it_is_a_conflict_also_after_the_agent_was_started_again(world: World) -> None:
    _, bob = replaced(world)
    bob.restart()
    unsaved.save_beside(bob.local, "a.txt", b"mine\n")
    assert [conflict.path for conflict in settle(bob.local).conflicts] == ["a.txt"]


def test_nothing_is_lost_where_another_program_has_written(world: World) -> None:
    _, bob = replaced(world)
    bob.write("a.txt", "a program's\n")
    with pytest.raises(Clash, match="both versions are kept"):
        unsaved.save_beside(bob.local, "a.txt", b"mine\n")
    assert bob.read("a.txt") == "a program's\n"
    assert kept(bob) == {"mine\n", "a program's\n"}


def test_edits_that_are_given_up_are_kept(world: World) -> None:
    _, bob = replaced(world)
    unsaved.keep(bob.local, "a.txt", b"mine\n")
    assert kept(bob) == {"mine\n"} and bob.read("a.txt") == "hers\n"
