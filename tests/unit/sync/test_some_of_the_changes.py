"""Some of the changes are pushed or pulled: what was not chosen stays as it is, and waits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hubshare.errors import Paused
from hubshare.testing.world import Member, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "world")
    yield made
    made.close()


@pytest.fixture
def people(world: World) -> tuple[Member, Member]:
    alice, bob = world.join("alice", "admin", "manual"), world.join("bob", "writer", "manual")
    for path in ("a", "b", "data/1", "data/2"):
        alice.write(path, path)
    alice.push()
    bob.pull()
    return alice, bob


def waits(member: Member) -> set[str]:
    made = member.plan()
    return {*made.outgoing, *made.write, *made.delete}


def test_what_was_not_chosen_waits_on_both_sides(world: World, people: tuple[Member, Member]) -> None:
    alice, bob = people
    for path in ("a", "b", "data/1"):
        alice.write(path, f"{path} anew")
    assert alice.push(only=["a", "data"])["pushed"] == 2
    assert waits(alice) == {"b"} and alice.read("b") == "b anew"
    assert world.published().keys() == {"a", "b", "data/1", "data/2"}
    done = bob.pull(only=["data"])
    assert (done["written"], done["waiting"]) == (["data/1"], 1)
    assert (bob.read("a"), bob.read("data/1"), waits(bob)) == ("a", "data/1 anew", {"a"})
    # Also after the agent was started anew, and its own edit of what waits is a conflict and no loss.
    bob.restart()
    bob.write("a", "bob's")
    assert bob.push(only=["b"])["status"] == "nothing"
    assert bob.pull()["conflicts"] == {"a": "edited on both sides"}
    assert bob.read("a") == "bob's"


def test_a_chosen_file_brings_what_takes_its_place(people: tuple[Member, Member]) -> None:
    alice, bob = people
    for name in ("1", "2"):
        (alice.root / "data" / name).unlink()
    (alice.root / "data").rmdir()
    alice.write("data", "a file now")
    alice.write("b", "b anew")
    alice.push()
    done = bob.pull(only=["data/1"])
    assert bob.read("data") == "a file now" and done["waiting"] == 1
    assert waits(bob) == {"b"}


def test_a_confirmation_of_some_deletions_confirms_no_others(people: tuple[Member, Member]) -> None:
    alice, bob = people
    for number in range(30):
        alice.write(f"x/{number}", "x")
        alice.write(f"y/{number}", "y")
    alice.push()
    bob.pull()
    for folder in ("x", "y"):
        for number in range(4):
            (alice.root / folder / f"{number}").unlink()
    alice.push()
    # Nobody has confirmed them: bob's agent is told of fewer than alice's is.
    bob.local.settings.brake_deletions = 3
    with pytest.raises(Paused):
        bob.pull(only=["x"])
    assert len(bob.pull(only=["x"], confirmed=True)["deleted"]) == 4
    with pytest.raises(Paused):
        bob.pull()
    assert len(list((bob.root / "y").iterdir())) == 30
