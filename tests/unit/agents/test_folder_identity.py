"""Whether the folder of a checkout is the one that it was: a remount is no news, another folder in its place is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hubshare_agents.checkout import requests

from hubshare.errors import Paused
from hubshare.testing.world import Member, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "world")
    yield made
    made.close()


@pytest.fixture
def alice(world: World) -> Member:
    return world.join("alice")


@pytest.fixture
def bob(world: World, alice: Member) -> Member:
    made = world.join("bob")
    for number in range(10):
        alice.write(f"{number}.txt", f"{number}")
    world.settle()
    return made


def _replace(member: Member, tmp_path: Path, without: str = "") -> None:
    """Put a copy in the place of a folder, as a restore from a backup does."""
    shutil.copytree(member.root, tmp_path / "copy", copy_function=shutil.copy2)
    if without:
        (tmp_path / "copy" / without).unlink()
    shutil.rmtree(member.root)
    (tmp_path / "copy").rename(member.root)


def _remount(member: Member, monkeypatch: pytest.MonkeyPatch, times: int = 1) -> None:
    """The disk has another device number, and the agent is started anew with the machine."""
    member.restart()
    identity = member.local.disk.identity()
    assert identity is not None
    monkeypatch.setattr(member.local.disk, "identity", lambda: (identity[0] + times, identity[1]))


def test_one_deletion_after_a_remount_is_one_deletion(
    world: World, alice: Member, bob: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    for times in range(1, 4):
        _remount(alice, monkeypatch, times)
        (alice.root / f"{times}.txt").unlink()
        world.settle()
        assert bob.read(f"{times}.txt") is None
    assert len(bob.files()) == 7


def test_a_folder_whose_inodes_have_other_numbers_too_is_recognised(
    world: World, alice: Member, bob: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice.restart()
    monkeypatch.setattr(alice.local.disk, "identity", lambda: (0, 0))
    (alice.root / "1.txt").unlink()
    world.settle()
    assert bob.read("1.txt") is None


def test_a_copy_in_its_place_that_lacks_a_file_asks(world: World, alice: Member, bob: Member, tmp_path: Path) -> None:
    _replace(alice, tmp_path, without="3.txt")
    with pytest.raises(Paused, match=r"not the folder that it was, and 1 file is missing in it \('?3.txt"):
        alice.work()
    alice.restart()
    with pytest.raises(Paused, match="not the folder"):
        alice.work()
    assert len(bob.files()) == 10
    # A confirmation is of what was shown: now another one is gone as well.
    with pytest.raises(Paused, match="not the folder"):
        alice.push()
    (alice.root / "4.txt").unlink()
    with pytest.raises(Paused, match="2 files are missing"):
        alice.push(confirmed=True)
    assert len(bob.files()) == 10
    alice.push(confirmed=True)
    world.settle()
    assert bob.files().keys() == {f"{number}.txt" for number in range(10) if number not in (3, 4)}
    (alice.root / "5.txt").unlink()
    world.settle()
    assert bob.read("5.txt") is None, "from now on it is the folder"


def test_a_copy_in_its_place_that_lacks_nothing_is_the_folder(
    world: World, alice: Member, bob: Member, tmp_path: Path
) -> None:
    _replace(alice, tmp_path)
    world.settle()
    (alice.root / "5.txt").unlink()
    world.settle()
    assert bob.read("5.txt") is None


def test_an_empty_folder_in_its_place_asks_until_the_files_are_back(
    world: World, alice: Member, bob: Member, tmp_path: Path
) -> None:
    alice.root.rename(tmp_path / "away")
    alice.root.mkdir()
    for _ in range(2):
        with pytest.raises(Paused, match="not the folder"):
            alice.work()
        alice.restart()
    alice.root.rmdir()
    (tmp_path / "away").rename(alice.root)
    (alice.root / "5.txt").write_text("newer")
    world.settle()
    assert bob.read("5.txt") == "newer" and len(bob.files()) == 10


def test_a_folder_that_is_back_is_not_said_to_be_gone(world: World, alice: Member, bob: Member, tmp_path: Path) -> None:
    alice.root.rename(tmp_path / "away")
    with pytest.raises(Paused) as gone:
        alice.work()
    alice.loop._note(gone.value)
    assert "is gone" in alice.loop.paused
    (tmp_path / "away").rename(alice.root)
    # Asked before the loop has noticed.
    assert alice.answer_while(lambda: requests.look(alice.loop)).paused == ""
