"""An agent that keeps no promise: the centre asks about deletions itself, and keeps what it does not publish."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hubshare_agents.checkout import deletion_guard
from hubshare_workers.publish import guard

from hubshare.errors import Paused
from hubshare.git.objects import walk_tree
from hubshare.testing.world import Member, World

FILES = 12


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Agents of an earlier version, or of somebody's own making: they ask nobody."""
    monkeypatch.setattr(deletion_guard, "check_outgoing", lambda checkout, changes, meant, shown: 0)
    made = World(tmp_path / "world")
    yield made
    made.close()


@pytest.fixture
def alice(world: World) -> Member:
    member = world.join("alice")
    for number in range(FILES):
        member.write(f"{number}", f"content {number}")
    world.settle()
    return member


def delete(world: World, member: Member, *numbers: int) -> None:
    for number in numbers:
        (member.root / f"{number}").unlink()
    world.settle()


def test_most_of_a_project_is_deleted_for_nobody_by_an_agent_that_does_not_ask(world: World, alice: Member) -> None:
    bob = world.join("bob")
    world.settle()
    delete(world, alice, *range(8))
    assert len(world.published()) == len(bob.files()) == FILES
    refused = alice.local.state.refused
    assert refused is not None and refused.code == Paused.code and "deletes 8 files" in refused.message


def test_most_of_a_project_is_not_deleted_in_small_parts_either(world: World, alice: Member) -> None:
    delete(world, alice, 0, 1, 2)
    assert len(world.published()) == FILES - 3
    delete(world, alice, 3, 4, 5)
    assert len(world.published()) == FILES - 3
    refused = alice.local.state.refused
    assert refused is not None and "after 3 just before" in refused.message


def test_an_update_that_deletes_most_of_a_folder_asks_its_owner_where_nobody_was_asked_before(
    world: World, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one of a centre of an earlier version."""
    monkeypatch.setattr(guard, "must_be_confirmed", lambda *args, **more: False)
    bob = world.join("bob")
    world.settle()
    with pytest.raises(Paused, match="deletes 8 files here"):
        delete(world, alice, *range(8))
    assert len(world.published()) == FILES - 8 and len(bob.files()) == FILES
    bob.confirm()
    assert bob.files() == alice.files()


def test_our_side_of_a_conflict_is_reachable_at_the_centre_when_the_checkout_is_gone(
    world: World, alice: Member
) -> None:
    bob = world.join("bob")
    world.settle()
    alice.write("0", "alice's")
    alice.work()
    world.apply()
    bob.write("0", "bob's")
    world.settle()
    assert bob.conflicts()
    refs = world.repository.path / "refs/hubshare/kept"
    (kept,) = (path.read_text().strip() for path in refs.iterdir())
    held = dict(walk_tree(world.repository.tree, world.repository.commit(kept).tree))
    assert world.repository.read(held["0"].id).data == b"bob's"
