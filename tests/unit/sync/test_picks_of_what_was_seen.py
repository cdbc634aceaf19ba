"""A pick on the command line is of what the person has seen: a side that changed since is told, and not given up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hubshare_agents.checkout import requests

from hubshare.errors import Clash
from hubshare.git.objects import BLOB, object_id
from hubshare.testing.world import Member, World
from tests.helpers.checkouts import clash


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "world")
    yield made
    made.close()


@pytest.fixture
def alice(world: World) -> Member:
    member = world.join("alice")
    for path in ("a", "b"):
        member.write(path, f"first {path}")
    world.settle()
    return member


@pytest.fixture
def bob(world: World, alice: Member) -> Member:
    member = world.join("bob")
    world.settle()
    clash(world, alice, member)
    return member


def _look(member: Member) -> None:
    """`hubshare status`, or `hubshare conflicts`."""
    member.answer_while(lambda: requests.look(member.loop))


def _pick_theirs(member: Member, seen: tuple[str, str]) -> None:
    """Press a button of the view that shows both versions."""
    member.answer_while(lambda: requests.resolve(member.loop, ["a"], "theirs", seen=seen))


def _newer(world: World, alice: Member) -> None:
    alice.write("a", "alice's, newer")
    world.settle()


@pytest.mark.parametrize("paths", [(), ("a",)])
@pytest.mark.parametrize("pick", ["ours", "theirs"])
def test_their_side_that_is_newer_than_what_was_shown_is_told(
    world: World, alice: Member, bob: Member, pick: str, paths: tuple[str, ...]
) -> None:
    _look(bob)
    _newer(world, alice)
    with pytest.raises(Clash, match="'a' was published anew by somebody else since you looked"):
        bob.resolve(pick, *paths)
    world.settle()
    assert (alice.read("a"), bob.read("a")) == ("alice's, newer", "bob's") and list(bob.conflicts()) == ["a"]
    # Now it was told.
    assert bob.resolve(pick, *paths)["settled"] == ["a"]
    world.settle()
    assert alice.read("a") == bob.read("a") == ("bob's" if pick == "ours" else "alice's, newer")


def test_our_side_that_is_newer_than_what_was_shown_is_not_given_up(world: World, alice: Member, bob: Member) -> None:
    _look(bob)
    bob.write("a", "bob's, newer")
    with pytest.raises(Clash, match="'a' was edited here since you looked"):
        bob.resolve("theirs")
    assert bob.read("a") == "bob's, newer"
    bob.resolve("theirs")
    assert bob.read("a") == "alice's"


def test_what_is_on_the_screen_counts_and_not_what_was_listed_before(world: World, alice: Member, bob: Member) -> None:
    _look(bob)
    bob.write("a", "bob's, newer")
    theirs = object_id(BLOB, b"alice's")
    seen = (object_id(BLOB, b"bob's, newer"), theirs)
    with pytest.raises(Clash, match="'a' was edited here since you looked"):
        _pick_theirs(bob, (object_id(BLOB, b"bob's"), theirs))
    with pytest.raises(Clash, match="'a' was published anew by somebody else since you looked"):
        _pick_theirs(bob, (seen[0], object_id(BLOB, b"older")))
    assert bob.read("a") == "bob's, newer"
    _pick_theirs(bob, seen)
    assert bob.read("a") == "alice's"


def test_our_side_may_be_edited_before_it_is_picked(world: World, alice: Member, bob: Member) -> None:
    _look(bob)
    bob.write("a", "both merged by hand")
    bob.resolve("ours")
    world.settle()
    assert alice.read("a") == "both merged by hand"


@pytest.mark.parametrize("pick", ["ours", "theirs"])
def test_the_next_conflict_of_a_file_is_another_one(world: World, alice: Member, bob: Member, pick: str) -> None:
    _look(bob)
    for number in range(3):
        assert bob.resolve(pick, "a")["settled"] == ["a"]
        world.settle()
        alice.write("a", f"alice's {number}")
        bob.write("a", f"bob's {number}")
        world.settle()


def test_a_conflict_that_was_not_shown_is_picked_as_it_is_known(world: World, alice: Member, bob: Member) -> None:
    _newer(world, alice)
    assert bob.resolve("ours")["settled"] == ["a"]
    world.settle()
    assert alice.read("a") == "bob's"
