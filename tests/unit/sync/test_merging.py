"""The numbered cases of docs/reference/merging.md: changes that need no decision, and conflicts."""

from __future__ import annotations

import re
from pathlib import Path

from hubshare_workers.intake.dispatch import dispatch

from hubshare.testing.world import Member, World
from hubshare.wire.agent import Push
from tests.helpers.checkouts import clash

DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "merging.md"


def test_01_different_files(world: World, alice: Member, bob: Member) -> None:
    alice.write("a", "alice's")
    bob.write("b", "bob's")
    world.settle()
    assert alice.files() == bob.files()
    assert (alice.read("a"), alice.read("b")) == ("alice's", "bob's")


def test_02_same_change(world: World, alice: Member, bob: Member) -> None:
    alice.write("a", "the same")
    bob.write("a", "the same")
    world.settle()
    assert not alice.conflicts()
    assert not bob.conflicts()
    assert bob.read("a") == "the same"


def test_03_one_side_adds(world: World, alice: Member, bob: Member) -> None:
    alice.write("new/deep/file", "new")
    world.settle()
    assert bob.read("new/deep/file") == "new"


def test_04_one_side_deletes(world: World, alice: Member, bob: Member) -> None:
    (alice.root / "folder/c").unlink()
    (alice.root / "folder/d").unlink()
    world.settle()
    assert not (bob.root / "folder").exists()
    assert bob.read("a") == "first a"


def test_05_both_sides_delete(world: World, alice: Member, bob: Member) -> None:
    (alice.root / "a").unlink()
    (bob.root / "a").unlink()
    world.settle()
    assert not bob.conflicts()
    assert "a" not in world.published()


def test_06_one_side_renames(world: World, alice: Member, bob: Member) -> None:
    (alice.root / "folder").rename(alice.root / "other")
    world.settle()
    assert bob.files() == alice.files()
    assert bob.read("other/c") == "first folder/c"


def test_07_mode(world: World, alice: Member, bob: Member) -> None:
    (alice.root / "a").chmod(0o755)
    world.settle()
    assert (bob.root / "a").stat().st_mode & 0o100
    assert not (bob.root / "b").stat().st_mode & 0o100


def test_08_a_folder_emptied_and_filled_again(world: World, alice: Member, bob: Member) -> None:
    for name in ("c", "d"):
        (alice.root / "folder" / name).unlink()
    world.settle()
    assert bob.read("folder/c") is None
    alice.write("folder/e", "again")
    world.settle()
    assert bob.files() == alice.files()


def test_09_same_file(world: World, alice: Member, bob: Member) -> None:
    clash(world, alice, bob)
    assert bob.conflicts() == {"a": "edited on both sides"}
    assert (alice.read("a"), bob.read("a")) == ("alice's", "bob's")
    assert not alice.conflicts()


def test_10_deleted_here_edited_there(world: World, alice: Member, bob: Member) -> None:
    alice.write("a", "alice's")
    alice.work()
    world.apply()
    (bob.root / "a").unlink()
    world.settle()
    assert bob.conflicts() == {"a": "deleted here, edited there"}
    assert (alice.read("a"), bob.read("a")) == ("alice's", None)


def test_11_edited_here_deleted_there(world: World, alice: Member, bob: Member) -> None:
    (alice.root / "a").unlink()
    alice.work()
    world.apply()
    bob.write("a", "bob's")
    world.settle()
    assert bob.conflicts() == {"a": "edited here, deleted there"}
    assert (alice.read("a"), bob.read("a")) == (None, "bob's")


def test_12_edited_here_renamed_there(world: World, alice: Member, bob: Member) -> None:
    (alice.root / "a").rename(alice.root / "z")
    alice.work()
    world.apply()
    bob.write("a", "bob's")
    world.settle()
    assert bob.conflicts() == {"a": "edited here, deleted there"}
    assert (bob.read("a"), bob.read("z")) == ("bob's", "first a")


def test_13_renamed_here_edited_there(world: World, alice: Member, bob: Member) -> None:
    alice.write("a", "alice's")
    alice.work()
    world.apply()
    (bob.root / "a").rename(bob.root / "z")
    world.settle()
    assert bob.conflicts() == {"a": "deleted here, edited there"}
    assert (alice.read("a"), alice.read("z")) == ("alice's", "first a")


def test_14_a_file_against_a_folder(world: World, alice: Member, bob: Member) -> None:
    alice.write("x/y", "in a folder")
    alice.work()
    world.apply()
    bob.write("x", "a file")
    world.settle()
    assert set(bob.conflicts()) == {"x", "x/y"}
    assert bob.read("x") == "a file"
    assert alice.read("x/y") == "in a folder"
    bob.resolve("ours", "x")
    world.settle()
    assert alice.read("x") == bob.read("x") == "a file"
    assert not bob.conflicts()


def test_14_a_file_against_a_folder_theirs(world: World, alice: Member, bob: Member) -> None:
    alice.write("x", "a file")
    alice.work()
    world.apply()
    bob.write("x/y", "in a folder")
    world.settle()
    bob.resolve("theirs", "x")
    world.settle()
    assert bob.read("x") == "a file"
    assert not bob.conflicts()
    assert [kept.path for kept in bob.local.index.kept()] == ["x/y"]


def test_15_mode_against_content(world: World, alice: Member, bob: Member) -> None:
    alice.write("a", "alice's")
    alice.work()
    world.apply()
    (bob.root / "a").chmod(0o755)
    world.settle()
    assert bob.conflicts() == {"a": "edited on both sides"}


def test_16_added_on_both_sides(world: World, alice: Member, bob: Member) -> None:
    clash(world, alice, bob, "new")
    assert bob.conflicts() == {"new": "added on both sides"}


def test_17_other_files_keep_flowing(world: World, alice: Member, bob: Member) -> None:
    clash(world, alice, bob)
    alice.write("b", "from alice")
    bob.write("folder/c", "from bob")
    world.settle()
    assert (bob.read("b"), alice.read("folder/c")) == ("from alice", "from bob")
    assert bob.read("a") == "bob's"


def test_18_our_side_moves_on(world: World, alice: Member, bob: Member) -> None:
    clash(world, alice, bob)
    bob.write("a", "bob's second")
    world.settle()
    assert set(bob.conflicts()) == {"a"}
    assert (alice.read("a"), bob.read("a")) == ("alice's", "bob's second")
    bob.resolve("ours", "a")
    world.settle()
    assert alice.read("a") == "bob's second"


def test_19_their_side_moves_on(world: World, alice: Member, bob: Member) -> None:
    clash(world, alice, bob)
    alice.write("a", "alice's second")
    world.settle()
    assert bob.read("a") == "bob's"
    bob.resolve("theirs", "a")
    assert bob.read("a") == "alice's second"


def test_20_the_sides_become_equal(world: World, alice: Member, bob: Member) -> None:
    clash(world, alice, bob)
    bob.write("a", "alice's")
    world.settle()
    assert not bob.conflicts()
    bob.write("a", "an ordinary edit")
    world.settle()
    assert alice.read("a") == "an ordinary edit"


def test_21_a_push_that_hides_its_conflict(world: World, alice: Member, bob: Member) -> None:
    clash(world, alice, bob)
    # An agent that lies: it takes their version for agreed, without a pick, and pushes its own on top.
    index = bob.local.index
    index.agree("a", index.published("a"), index.published("a"))
    bob.write("a", "smuggled")
    bob.work()
    (_, (raw, pack)) = world.to_centre.pop()
    event = Push.model_validate_json(raw).model_copy(update={"conflicts": [], "settled": []})
    dispatch(world.centre, "bob", event.encode(), pack)
    assert world.outcomes[-1][1].status == "conflict"
    assert world.repository.read(world.published()["a"].id).data == b"alice's"


def test_every_case_has_a_test_and_every_test_a_case() -> None:
    documented = {int(number) for number in re.findall(r"^(\d+)\. \*\*", DOCUMENT.read_text(), re.MULTILINE)}
    files = Path(__file__).parent.glob("test_merging*.py")
    tested = {
        int(number) for file in files for number in re.findall(r"^def test_(\d+)_", file.read_text(), re.MULTILINE)
    }
    # The cases under «Left alone» follow the numbering of the lists above them.
    assert documented == tested
