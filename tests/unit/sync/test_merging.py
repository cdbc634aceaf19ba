"""The numbered cases of docs/reference/merging.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hubshare_workers.intake.dispatch import dispatch

from hubshare.errors import Clash, Paused
from hubshare.testing.notebooks import notebook
from hubshare.testing.world import Member, World
from hubshare.wire.agent import Push

DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "merging.md"


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    made = World(tmp_path / "world", brake=5, database_url=database_url)
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
    assert bob.local.stash.content(kept) == b"bob's"
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
    assert bob.local.stash.content(kept).decode().count("output of") == 2
    assert not bob.plan().outgoing and not bob.conflicts()


def test_36_a_deletion_keeps_the_outputs_where_they_can_be_restored(
    stripping: World, alice: Member, bob: Member
) -> None:
    (alice.root / "n.ipynb").unlink()
    stripping.settle()
    assert bob.read("n.ipynb") is None
    (kept,) = bob.local.index.kept("n.ipynb")
    assert bob.local.stash.content(kept).decode() == notebook("x = 1", "x", output="output")


def test_36_a_link_in_the_place_of_a_notebook(stripping: World, alice: Member, bob: Member) -> None:
    (alice.root / "n.ipynb").unlink()
    (alice.root / "n.ipynb").symlink_to("a")
    stripping.settle()
    assert (bob.root / "n.ipynb").readlink() == Path("a")
    (kept,) = bob.local.index.kept("n.ipynb")
    assert bob.local.stash.content(kept).decode() == notebook("x = 1", "x", output="output")


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
        assert mine in [bob.local.stash.content(kept).decode() for kept in bob.local.index.kept("n.ipynb")]


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


def test_every_case_has_a_test_and_every_test_a_case() -> None:
    documented = {int(number) for number in re.findall(r"^(\d+)\. \*\*", DOCUMENT.read_text(), re.MULTILINE)}
    tested = {int(found[1]) for name in globals() if (found := re.match(r"test_(\d+)_", name))}
    # The cases under «Left alone» follow the numbering of the lists above them.
    assert documented == tested
