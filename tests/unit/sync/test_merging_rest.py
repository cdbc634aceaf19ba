"""The numbered cases of docs/reference/merging.md that tell when nobody says anything any more."""

from __future__ import annotations

from hubshare.testing.world import Member, World
from tests.helpers.checkouts import clash


def test_51_a_conflict_that_nobody_touches(world: World, alice: Member, bob: Member) -> None:
    clash(world, alice, bob)
    sent = len(world.snapshots)
    for _ in range(5):
        bob.restart()
        bob.work()
        alice.work()
    world.settle()
    assert len(world.snapshots) == sent
    bob.write("a", "bob's second")
    world.settle()
    assert len(world.snapshots) == sent + 1


def test_52_a_file_in_the_place_of_a_folder_that_others_edit(world: World, alice: Member, bob: Member) -> None:
    alice.write("folder/c", "alice's")
    alice.work()
    world.apply()
    for name in ("c", "d"):
        (bob.root / "folder" / name).unlink()
    (bob.root / "folder").rmdir()
    bob.write("folder", "bob's file")
    world.settle()
    assert set(bob.conflicts()) == {"folder", "folder/c", "folder/d"}
    assert bob.conflicts()["folder"] == "a file here, a folder there"
    assert (alice.read("folder/c"), alice.read("folder/d")) == ("alice's", "first folder/d")
    bob.resolve("theirs", "folder/d")
    world.settle()
    assert bob.files() == alice.files()
    assert bob.read("folder/c") == "alice's"
