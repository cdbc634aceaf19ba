"""The numbered cases of docs/reference/merging.md: picks, readers, and what is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hubshare.errors import Clash, Paused
from hubshare.testing.world import Member, World
from tests.helpers.checkouts import clash


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    """Over each kind of database: what conflicts and picks leave in its tables is most of what a world keeps there."""
    made = World(tmp_path / "world", brake=5, database_url=database_url)
    yield made
    made.close()


def test_22_ours_for_one_path(world: World, alice: Member, bob: Member) -> None:
    clash(world, alice, bob)
    bob.resolve("ours", "a")
    world.settle()
    assert alice.read("a") == bob.read("a") == "bob's"
    kept = bob.local.index.kept("a")[0]
    assert world.repository.read(kept.entry.id).data == b"alice's"


def test_23_theirs_for_one_path(world: World, alice: Member, bob: Member) -> None:
    clash(world, alice, bob)
    bob.resolve("theirs", "a")
    world.settle()
    assert alice.read("a") == bob.read("a") == "alice's"
    kept = bob.local.index.kept("a")[0]
    assert b"".join(bob.local.stash.stream(kept)) == b"bob's"
    bob.restore("a", kept.entry, b"bob's")
    world.settle()
    assert alice.read("a") == "bob's"


@pytest.mark.parametrize("pick", ["ours", "theirs"])
def test_24_all_at_once(world: World, alice: Member, bob: Member, pick: str) -> None:
    for path in ("a", "b"):
        alice.write(path, "alice's")
        bob.write(path, "bob's")
    world.settle()
    loser = bob if bob.conflicts() else alice
    assert set(loser.conflicts()) == {"a", "b"}
    loser.resolve(pick)
    world.settle()
    assert not loser.conflicts()
    assert alice.files() == bob.files()


def test_25_their_side_moved_on_after_the_pick(world: World, alice: Member, bob: Member) -> None:
    clash(world, alice, bob)
    alice.write("a", "alice's, unseen by bob")
    alice.work()
    world.apply()
    bob.inbox.clear()
    with pytest.raises(Clash, match="pick again"):
        bob.resolve("ours", "a")
    world.settle()
    assert alice.read("a") == "alice's, unseen by bob"
    assert set(bob.conflicts()) == {"a"}
    assert bob.read("a") == "bob's"
    bob.resolve("ours", "a")
    world.settle()
    assert alice.read("a") == "bob's"


@pytest.mark.parametrize(("policy", "wins"), [("ours", "bob's"), ("theirs", "alice's")])
def test_26_standing_policy(world: World, alice: Member, bob: Member, policy: str, wins: str) -> None:
    bob.set_policy(policy)
    alice.write("a", "alice's")
    alice.work()
    world.apply()
    bob.write("a", "bob's")
    world.settle()
    assert alice.read("a") == bob.read("a") == wins
    assert bob.local.index.kept("a")


def test_27_picking_a_deletion(world: World, alice: Member, bob: Member) -> None:
    (alice.root / "a").unlink()
    alice.write("b", "alice's")
    alice.work()
    world.apply()
    bob.write("a", "bob's")
    (bob.root / "b").unlink()
    world.settle()
    bob.resolve("theirs", "a")
    bob.resolve("ours", "b")
    world.settle()
    assert alice.files() == bob.files()
    assert bob.read("a") is None
    assert bob.read("b") is None
    assert {kept.path for kept in bob.local.index.kept()} == {"a", "b"}


def test_28_a_readers_edit_stays(world: World, alice: Member, carol: Member) -> None:
    carol.write("a", "carol's notes")
    alice.write("b", "lesson two")
    world.settle()
    assert (carol.read("a"), carol.read("b")) == ("carol's notes", "lesson two")
    assert alice.read("a") == "first a"


@pytest.mark.parametrize(("pick", "left"), [("ours", "carol's"), ("theirs", "lesson two")])
def test_29_the_teacher_edits_the_same_file(world: World, alice: Member, carol: Member, pick: str, left: str) -> None:
    carol.write("a", "carol's")
    alice.write("a", "lesson two")
    world.settle()
    assert carol.conflicts() == {"a": "edited on both sides"}
    carol.resolve(pick, "a")
    world.settle()
    assert carol.read("a") == left
    assert alice.read("a") == "lesson two"
    assert not carol.conflicts()


def test_30_the_teacher_deletes_or_renames_what_the_reader_edited(world: World, alice: Member, carol: Member) -> None:
    carol.write("a", "carol's")
    carol.write("b", "carol's")
    (alice.root / "a").unlink()
    (alice.root / "b").rename(alice.root / "z")
    world.settle()
    assert set(carol.conflicts()) == {"a", "b"}
    assert (carol.read("a"), carol.read("b"), carol.read("z")) == ("carol's", "carol's", "first b")


def test_31_a_reader_who_is_made_writer(world: World, alice: Member, carol: Member) -> None:
    carol.write("a", "carol's")
    world.settle()
    world.grant("carol", "writer")
    world.settle()
    assert alice.read("a") == "carol's"


def test_32_left_alone(world: World, alice: Member, bob: Member) -> None:
    (bob.root / "folder" / ".git").mkdir()
    alice.write("folder/c", "second")
    (alice.root / "folder/d").unlink()
    world.settle()
    assert bob.read("folder/c") == "first folder/c"
    assert bob.read("folder/d") == "first folder/d"
    assert "git repository" in bob.plan().held["folder/c"]
    bob.write("folder/c", "bob's own")
    bob.write("a", "bob's")
    world.settle()
    assert (alice.read("folder/c"), alice.read("folder/d"), alice.read("a")) == ("second", None, "bob's")
    (bob.root / "folder" / ".git").rmdir()
    world.settle()
    assert set(bob.conflicts()) == {"folder/c"}
    assert bob.read("folder/d") is None


def test_32_what_is_not_shared_and_in_the_way(world: World, alice: Member, bob: Member) -> None:
    (bob.root / "x" / "empty" / "deeper").mkdir(parents=True)
    (bob.root / "y").mkdir()
    (bob.root / "y" / "~$ignored").write_text("bob's own")
    alice.write("x", "a file")
    alice.write("y", "a file")
    world.settle()
    assert bob.read("x") == "a file"
    assert (bob.root / "y" / "~$ignored").read_text() == "bob's own"
    assert "move it away" in bob.plan().held["y"]
    (bob.root / "y").rename(bob.root / "z")
    world.settle()
    assert bob.read("y") == "a file"


def test_33_many_deletions_wait(world: World, alice: Member, bob: Member) -> None:
    for number in range(8):
        alice.write(f"many/{number}", str(number))
    world.settle()
    for number in range(8):
        (alice.root / "many" / str(number)).unlink()
    with pytest.raises(Paused, match="push --confirm"):
        world.settle()
    assert len(list((bob.root / "many").iterdir())) == 8
    alice.push(confirmed=True)
    world.settle()
    assert not (bob.root / "many").exists()


def test_33_many_deletions_in_small_parts_wait_too(world: World, alice: Member, bob: Member) -> None:
    for number in range(8):
        alice.write(f"many/{number}", str(number))
    world.settle()
    for number in range(5):
        (alice.root / "many" / str(number)).unlink()
        world.settle()
    (alice.root / "many" / "5").unlink()
    with pytest.raises(Paused, match="6 files"):
        world.settle()
    assert bob.read("many/5") == "5"
    alice.push(confirmed=True)
    world.settle()
    assert alice.files() == bob.files()
