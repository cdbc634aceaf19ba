"""A program has a file open while an update, a pick or a restore replaces it: what it writes afterwards is not lost."""

from __future__ import annotations

import mmap
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hubshare_agents.checkout.pause import Pause
from hubshare_agents.checkout.status import describe

from hubshare.git.objects import BLOB, Object
from hubshare.sync.trees import FILE, Entry
from hubshare.testing.world import Member, World
from tests.helpers.checkouts import clash


def kept(member: Member, path: str) -> list[str]:
    """What can be restored, the newest first."""
    return [
        b"".join(member.local.stash.stream(one)).decode() for one in member.local.index.kept(path) if one.commit is None
    ]


def status(member: Member) -> list[str]:
    """What `hubshare status` remarks."""
    return describe(member.local, Pause(), "", "").remarks


def look_again(member: Member) -> None:
    """The time has come at which the agent looks at the files that were open."""
    if member.local.taken_out.again_at:
        member.local.taken_out.again_at = 1e-9
    member.work()


def test_what_a_program_appends_to_a_log_that_an_update_replaced_comes_back_as_a_conflict(
    world: World, alice: Member, bob: Member
) -> None:
    with (bob.root / "a").open("a") as log:
        alice.write("a", "alice's")
        world.settle()
        assert bob.read("a") == "alice's", "an open file holds up no update"
        assert any("a: a program still has the version open" in line for line in status(bob))
        log.write(", epoch 1")
        log.flush()
        look_again(bob)
        assert bob.read("a") == "first a, epoch 1"
        assert bob.conflicts() == {"a": "edited on both sides"}
        log.write(", epoch 2")
    world.settle()
    assert bob.read("a") == "first a, epoch 1, epoch 2"
    assert alice.read("a") == "alice's"
    bob.resolve("ours", "a")
    world.settle()
    assert alice.read("a") == "first a, epoch 1, epoch 2"


def test_an_open_file_that_is_not_written_to_any_more_leaves_nothing_behind(
    world: World, alice: Member, bob: Member
) -> None:
    with (bob.root / "a").open("a"):
        alice.write("a", "alice's")
        world.settle()
    look_again(bob)
    assert not bob.conflicts() and not status(bob)
    assert not [*(bob.state / "taken").iterdir()]
    assert bob.read("a") == "alice's"


def test_what_is_written_through_a_mapping_counts_as_well(world: World, alice: Member, bob: Member) -> None:
    with (bob.root / "a").open("r+b") as file:
        mapped = mmap.mmap(file.fileno(), 0)
    alice.write("a", "alice's")
    world.settle()
    mapped[0:5] = b"FIRST"
    mapped.close()
    look_again(bob)
    assert bob.read("a") == "FIRST a" and bob.conflicts()


def test_an_open_file_that_an_update_deleted_comes_back_with_what_was_written(
    world: World, alice: Member, bob: Member
) -> None:
    with (bob.root / "folder/c").open("a") as log:
        for name in ("c", "d"):
            (alice.root / "folder" / name).unlink()
        world.settle()
        assert not (bob.root / "folder").exists()
        log.write(", and more")
    look_again(bob)
    assert bob.read("folder/c") == "first folder/c, and more"
    assert bob.conflicts() == {"folder/c": "edited here, deleted there"}


def test_an_agent_that_was_started_anew_looks_again(world: World, alice: Member, bob: Member) -> None:
    with (bob.root / "a").open("a") as log:
        alice.write("a", "alice's")
        world.settle()
        bob.local.close()
        log.write(", written while no agent ran")
    bob.restart()
    look_again(bob)
    assert bob.read("a") == "first a, written while no agent ran" and bob.conflicts()


def test_where_the_place_holds_something_newer_what_was_written_can_be_restored(
    world: World, alice: Member, bob: Member
) -> None:
    with (bob.root / "a").open("a") as log:
        alice.write("a", "alice's")
        world.settle()
        bob.write("a", "bob's own, since")
        bob.work()
        log.write(", epoch 1")
    look_again(bob)
    world.settle()
    assert bob.read("a") == "bob's own, since"
    assert kept(bob, "a") == ["first a, epoch 1"]
    assert any("a: what a program wrote" in line and "hubshare restore a" in line for line in status(bob))


def test_a_pick_of_theirs_over_an_open_file_loses_nothing(world: World, alice: Member, bob: Member) -> None:
    clash(world, alice, bob)
    with (bob.root / "a").open("a") as log:
        bob.resolve("theirs", "a")
        assert bob.read("a") == "alice's"
        log.write(", and more")
    look_again(bob)
    assert bob.read("a") == "bob's, and more" and bob.conflicts()
    assert kept(bob, "a") == ["bob's"]


def test_a_standing_policy_waits_while_a_program_writes(world: World, alice: Member, bob: Member) -> None:
    bob.set_policy("theirs")
    with (bob.root / "a").open("a") as log:
        for number in range(3):
            log.write(f", epoch {number}")
            log.flush()
            alice.write("a", f"alice's {number}")
            world.settle()
            look_again(bob)
        assert bob.read("a") == "first a, epoch 0, epoch 1, epoch 2"
        assert any("a: a program has it open" in line for line in status(bob))
    world.settle()
    assert bob.read("a") == "alice's 2"
    assert kept(bob, "a")[0] == "first a, epoch 0, epoch 1, epoch 2"


def test_a_restore_over_an_open_file_keeps_what_is_written_to_the_old_one(
    world: World, alice: Member, bob: Member
) -> None:
    content = b"an earlier version"
    with (bob.root / "a").open("a") as log:
        bob.restore("a", Entry(FILE, Object(BLOB, content).id), content)
        log.write(", and more")
    look_again(bob)
    world.settle()
    assert alice.read("a") == bob.read("a") == "an earlier version"
    assert kept(bob, "a") == ["first a, and more"]


def in_between(monkeypatch: pytest.MonkeyPatch, step: str, act: Callable[[], None]) -> None:
    """Have something happen right before the agent takes a step of a replacement."""
    real = getattr(__import__("hubshare_agents.checkout.disk", fromlist=[step]), step)
    left = [1]

    def acting(*args: object) -> object:
        if left:
            left.clear()
            act()
        return real(*args)

    monkeypatch.setattr(f"hubshare_agents.checkout.disk.{step}", acting)


def save(path: Path, text: str) -> None:
    """Save as editors do: a new file takes the place of the old one."""
    new = path.with_name("editors-own")
    new.write_text(text)
    new.replace(path)


@pytest.mark.parametrize("step", ["exchange", "put_back", "may_be_written"])
@pytest.mark.parametrize("how", [save, Path.write_text])
def test_a_save_at_whatever_moment_of_a_replacement_is_not_lost(
    world: World,
    alice: Member,
    bob: Member,
    step: str,
    how: Callable[[Path, str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alice.write("a", "alice's")
    alice.work()
    world.apply()
    if step == "put_back":
        in_between(monkeypatch, "exchange", lambda: save(bob.root / "a", "bob's first"))
    in_between(monkeypatch, step, lambda: how(bob.root / "a", "bob's last"))
    world.settle()
    look_again(bob)
    world.settle()
    assert "bob's last" in (bob.read("a"), *kept(bob, "a"))
    if step == "put_back":
        assert "bob's first" in (bob.read("a"), *kept(bob, "a"))


@pytest.mark.parametrize("step", ["aside_name", "may_be_written"])
@pytest.mark.parametrize("how", [save, Path.write_text])
def test_a_save_at_whatever_moment_of_a_deletion_is_not_lost(
    world: World,
    alice: Member,
    bob: Member,
    step: str,
    how: Callable[[Path, str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (alice.root / "a").unlink()
    alice.work()
    world.apply()
    in_between(monkeypatch, step, lambda: how(bob.root / "a", "bob's last"))
    world.settle()
    look_again(bob)
    world.settle()
    assert bob.read("a") == "bob's last"


def test_a_file_that_is_renamed_while_it_is_replaced_keeps_its_content(
    world: World, alice: Member, bob: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice.write("a", "alice's")
    alice.work()
    world.apply()
    in_between(monkeypatch, "exchange", lambda: (bob.root / "a").rename(bob.root / "renamed") and None)
    world.settle()
    assert bob.read("renamed") == "first a"
    assert bob.conflicts() == {"a": "deleted here, edited there"}
    assert not [path for path in bob.root.rglob(".hubshare-*")]


def test_a_folder_that_an_update_deletes_stays_for_the_files_that_a_program_makes_in_it(
    world: World, alice: Member, bob: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("c", "d"):
        (alice.root / "folder" / name).unlink()
    alice.work()
    world.apply()
    in_between(monkeypatch, "let_go", lambda: bob.write("folder/new", "made meanwhile"))
    world.settle()
    assert bob.files().keys() == alice.files().keys() == {"a", "b", "folder/new"}


def test_a_database_that_a_program_has_open_is_not_replaced_and_is_named(
    world: World, alice: Member, bob: Member
) -> None:
    with sqlite3.connect(alice.root / "marks.db") as made:
        made.execute("CREATE TABLE marks (name)")
    made.close()
    world.settle()
    with closing(sqlite3.connect(bob.root / "marks.db")) as reading:
        reading.execute("PRAGMA locking_mode=EXCLUSIVE")
        reading.execute("BEGIN EXCLUSIVE")
        before = (bob.root / "marks.db").read_bytes()
        with sqlite3.connect(alice.root / "marks.db") as made:
            made.execute("INSERT INTO marks VALUES ('bob')")
        made.close()
        alice.write("a", "alice's")
        world.settle()
        assert (bob.root / "marks.db").read_bytes() == before
        assert bob.read("a") == "alice's", "it holds up no other file"
        assert "a program has open" in bob.plan().held["marks.db"]
        reading.rollback()
    world.settle()
    assert (bob.root / "marks.db").read_bytes() == (alice.root / "marks.db").read_bytes() != before
