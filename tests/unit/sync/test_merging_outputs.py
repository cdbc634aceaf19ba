"""The numbered cases of docs/reference/merging.md: notebooks without their outputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubshare.testing.notebooks import notebook
from hubshare.testing.world import Member, World


def shared(world: World, path: str = "n.ipynb") -> str:
    """What is published at a path."""
    return world.repository.read(world.published()[path].id).data.decode()


@pytest.fixture
def stripping(world: World, alice: Member, bob: Member) -> World:
    """The project shares no outputs, and has a notebook that alice and bob have run."""
    world.set_outputs("strip")
    alice.write("n.ipynb", notebook("x = 1", "x"))
    world.settle()
    alice.write("n.ipynb", notebook("x = 1", "x", output="output"))
    bob.write("n.ipynb", notebook("x = 1", "x", output="output"))
    world.settle()
    return world


def test_34_a_notebook_with_outputs(stripping: World, alice: Member, bob: Member) -> None:
    alice.write("n.ipynb", notebook("x = 2", "x", output="output"))
    alice.write("new.ipynb", notebook("new", output="output"))
    stripping.settle()
    assert shared(stripping) == notebook("x = 2", "x")
    assert shared(stripping, "new.ipynb") == bob.read("new.ipynb") == notebook("new")
    assert alice.read("n.ipynb") == notebook("x = 2", "x", output="output")
    assert alice.read("new.ipynb") == notebook("new", output="output")
    assert not alice.plan().outgoing


def test_35_a_notebook_is_only_run(stripping: World, alice: Member, bob: Member) -> None:
    number = alice.local.state.number
    assert shared(stripping) == notebook("x = 1", "x")
    assert alice.read("n.ipynb") == bob.read("n.ipynb") == notebook("x = 1", "x", output="output")
    for member in (alice, bob):
        assert not member.plan().outgoing and not member.conflicts()
    alice.write("n.ipynb", notebook("x = 1", "x + 1"))
    bob.write("n.ipynb", notebook("x = 1", "x", output="output").replace("output of", "another output of"))
    stripping.settle()
    assert (alice.local.state.number, bob.conflicts()) == (number + 1, {})


def test_36_an_update_keeps_the_outputs_of_what_stays(stripping: World, alice: Member, bob: Member) -> None:
    alice.write("n.ipynb", notebook("x = 1", "x", "more", output="output"))
    stripping.settle()
    there = bob.read("n.ipynb")
    assert there is not None and there.count("output of") == 2 and '"more"' in there
    assert not bob.plan().outgoing and not bob.local.index.kept("n.ipynb")
    alice.write("n.ipynb", notebook("x = 1", "x * 2", "more"))
    stripping.settle()
    there = bob.read("n.ipynb")
    assert there is not None and there.count("output of") == 1 and "x * 2" in there
    (kept,) = bob.local.index.kept("n.ipynb")
    assert b"".join(bob.local.stash.stream(kept)).decode().count("output of") == 2
    assert not bob.plan().outgoing and not bob.conflicts()


def test_36_a_deletion_keeps_the_outputs_where_they_can_be_restored(
    stripping: World, alice: Member, bob: Member
) -> None:
    (alice.root / "n.ipynb").unlink()
    stripping.settle()
    assert bob.read("n.ipynb") is None
    (kept,) = bob.local.index.kept("n.ipynb")
    assert b"".join(bob.local.stash.stream(kept)).decode() == notebook("x = 1", "x", output="output")


def test_36_a_link_in_the_place_of_a_notebook(stripping: World, alice: Member, bob: Member) -> None:
    (alice.root / "n.ipynb").unlink()
    (alice.root / "n.ipynb").symlink_to("a")
    stripping.settle()
    assert (bob.root / "n.ipynb").readlink() == Path("a")
    (kept,) = bob.local.index.kept("n.ipynb")
    assert b"".join(bob.local.stash.stream(kept)).decode() == notebook("x = 1", "x", output="output")


@pytest.mark.parametrize("pick", ["ours", "theirs"])
def test_37_both_sides_edit(stripping: World, alice: Member, bob: Member, pick: str) -> None:
    mine = notebook("x = 'bob'", "x", output="output")
    alice.write("n.ipynb", notebook("x = 'alice'", "x", output="output"))
    alice.work()
    stripping.apply()
    bob.write("n.ipynb", mine)
    stripping.settle()
    assert bob.conflicts() and bob.read("n.ipynb") == mine
    bob.resolve(pick)
    stripping.settle()
    assert shared(stripping) == notebook("x = 'bob'" if pick == "ours" else "x = 'alice'", "x")
    if pick == "ours":
        assert bob.read("n.ipynb") == mine
    else:
        assert mine in [b"".join(bob.local.stash.stream(kept)).decode() for kept in bob.local.index.kept("n.ipynb")]


def test_38_the_project_changes_its_mind(world: World, alice: Member, bob: Member) -> None:
    run = notebook("x = 1", "x", output="output")
    alice.write("n.ipynb", run)
    alice.write("other.ipynb", run)
    world.settle()
    assert shared(world) == bob.read("n.ipynb") == run
    world.set_outputs("strip")
    world.settle()
    number = alice.local.state.number
    assert shared(world) == alice.read("n.ipynb") == bob.read("n.ipynb") == run
    alice.write("n.ipynb", notebook("x = 2", "x", output="output"))
    world.settle()
    assert (shared(world), shared(world, "other.ipynb")) == (notebook("x = 2", "x"), run)
    bob.write("n.ipynb", notebook("x = 2", "x", output="output"))
    world.settle()
    world.set_outputs("share")
    world.settle()
    assert alice.local.state.number == bob.local.state.number == number + 1
    assert not alice.conflicts() and not bob.conflicts()
    alice.write("n.ipynb", notebook("x = 3", "x", output="output"))
    world.settle()
    assert shared(world) == bob.read("n.ipynb") == notebook("x = 3", "x", output="output")


def test_39_a_notebook_that_cannot_be_read(stripping: World, alice: Member, bob: Member) -> None:
    alice.write("n.ipynb", "<<<<<<< ours")
    alice.write("new.ipynb", "{}")
    alice.write("empty.ipynb", "")
    stripping.settle()
    assert shared(stripping) == notebook("x = 1", "x")
    assert "mend it" in alice.plan().held["n.ipynb"]
    assert "mend it" in alice.local.index.unshared()["new.ipynb"]
    assert bob.read("empty.ipynb") == "" and "new.ipynb" not in stripping.published()
    alice.write("n.ipynb", notebook("mended", output="output"))
    stripping.settle()
    assert shared(stripping) == notebook("mended")


def test_40_a_push_of_an_agent_that_does_not_know_yet(world: World, alice: Member, bob: Member) -> None:
    alice.write("n.ipynb", notebook("x", output="output"))
    alice.work()
    world.set_outputs("strip")
    alice.inbox.clear()
    world.apply()
    assert world.outcomes[-1][1].code == "has-outputs" and world.outcomes[-1][1].retry
    assert "n.ipynb" not in world.published()
    world.settle()
    assert shared(world) == bob.read("n.ipynb") == notebook("x")
    assert alice.read("n.ipynb") == notebook("x", output="output")


def test_40_a_push_by_hand_of_an_agent_that_does_not_know_yet(world: World, alice: Member) -> None:
    alice.set_mode("manual")
    alice.write("n.ipynb", notebook("x", output="output"))
    world.set_outputs("strip")
    alice.inbox.clear()
    assert alice.push()["status"] == "applied"
    assert shared(world) == notebook("x")
