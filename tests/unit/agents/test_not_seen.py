"""What cannot be looked at does not count as deleted, and is named; everything else goes on."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from hubshare_agents.checkout.pause import Pause
from hubshare_agents.checkout.status import describe

from hubshare.errors import Unavailable
from hubshare.testing.world import Member, World
from tests.helpers.faulty_files import failing, listing_as

_FILES = {"a.txt": "a", "data/b.txt": "b", "data/c.txt": "c", "z.txt": "z"}
_CODES = [errno.EACCES, errno.ESTALE, errno.EIO, errno.ENOMEM, errno.ETIMEDOUT, errno.ENOTCONN, errno.EHOSTDOWN]


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
    return world.join("bob")


@pytest.fixture
def shared(world: World, alice: Member, bob: Member) -> World:
    """Alice and Bob have the same files."""
    for path, text in _FILES.items():
        alice.write(path, text)
    world.settle()
    assert bob.files() == _FILES
    return world


def _goes_on(world: World, alice: Member, bob: Member, text: str = "newer still") -> None:
    """Once it can be looked at again, all is as it was and syncs."""
    alice.write("data/b.txt", text)
    world.settle()
    assert alice.plan().held == {}
    assert bob.files() == alice.files()
    assert bob.files() == _FILES | {"z.txt": alice.read("z.txt"), "data/b.txt": text}


@pytest.mark.parametrize("calls", [("stat",), ("open",), ("stat", "open")])
def test_a_file_whose_stat_or_reading_fails_is_not_deleted(
    shared: World, alice: Member, bob: Member, calls: tuple[str, ...]
) -> None:
    for code in _CODES:
        before = bob.read("data/b.txt")
        alice.write("z.txt", f"{code}")
        (alice.root / "data" / "b.txt").touch()
        with failing("b.txt", code, calls):
            shared.settle()
            assert bob.read("data/b.txt") == before and bob.read("z.txt") == f"{code}"
            assert alice.plan().held.keys() == {"data/b.txt"}
        _goes_on(shared, alice, bob, f"after {code}")


@pytest.mark.parametrize("calls", [("stat",), ("open",)])
def test_a_folder_that_cannot_be_opened_is_not_deleted(
    shared: World, alice: Member, bob: Member, calls: tuple[str, ...]
) -> None:
    for code in _CODES:
        before = bob.read("data/b.txt")
        alice.write("z.txt", f"{code}")
        with failing("data", code, calls):
            shared.settle()
            assert bob.read("data/b.txt") == before and bob.read("z.txt") == f"{code}"
            assert alice.plan().held.keys() == {"data/b.txt", "data/c.txt"}
        _goes_on(shared, alice, bob, f"after {code}")


def test_a_folder_that_cannot_be_opened_is_named_though_nothing_in_it_is_shared_yet(
    shared: World, alice: Member, bob: Member
) -> None:
    alice.write("new/report.txt", "for all")
    for code in _CODES:
        with failing("new", code, ("open",)):
            shared.settle()
            assert describe(alice.local, Pause(), "", "").unshared.keys() == {"new"}
            assert bob.read("new/report.txt") is None
    shared.settle()
    assert describe(alice.local, Pause(), "", "").unshared == {}
    assert bob.read("new/report.txt") == "for all"


@pytest.mark.parametrize("at", ["b.txt", "c.txt"])
def test_a_listing_that_breaks_off_half_way_deletes_nothing(shared: World, alice: Member, bob: Member, at: str) -> None:
    alice.write("z.txt", "newer")
    with failing(at, errno.EIO, ("scandir",)):
        shared.settle()
        assert bob.files() == _FILES | {"z.txt": "newer"}
        assert alice.plan().held.keys() == {"data/b.txt", "data/c.txt"}
    _goes_on(shared, alice, bob)


def test_a_listing_that_leaves_out_a_file_deletes_nothing(shared: World, alice: Member, bob: Member) -> None:
    """readdir may pass over what is exchanged while it lists."""
    with listing_as(lambda listing: (entry for entry in listing if entry.name != "b.txt")):
        shared.settle()
        alice.write("data/b.txt", "newer")
        shared.settle()
    assert bob.files() == alice.files() == _FILES | {"data/b.txt": "newer"}


def test_a_file_that_is_neither_listed_nor_can_be_looked_at_is_not_deleted(
    shared: World, alice: Member, bob: Member
) -> None:
    for code in _CODES:
        with (
            listing_as(lambda listing: (entry for entry in listing if entry.name != "b.txt")),
            failing("b.txt", code),
        ):
            shared.settle()
            assert alice.plan().held.keys() == {"data/b.txt"}
        assert bob.files() == _FILES
    _goes_on(shared, alice, bob)


def test_the_checkout_itself_cannot_be_looked_at(shared: World, alice: Member, bob: Member) -> None:
    for code in _CODES:
        for name, call in ((str(alice.root), "open"), (".", "stat")):
            with failing(name, code, (call,)):
                with pytest.raises(Unavailable, match="nothing in it counts as deleted"):
                    alice.work()
                with pytest.raises(Unavailable):
                    alice.push()
    shared.settle()
    assert bob.files() == _FILES
    _goes_on(shared, alice, bob)


def test_what_cannot_be_looked_at_is_not_replaced_by_an_update(shared: World, alice: Member, bob: Member) -> None:
    bob.write("data/b.txt", "bob's")
    bob.write("a.txt", "bob's")
    (alice.root / "data" / "b.txt").touch()
    with failing("b.txt", errno.ESTALE):
        shared.settle()
        assert alice.read("a.txt") == "bob's"
        assert alice.plan().held.keys() == {"data/b.txt"}
    assert alice.read("data/b.txt") == "b"
    shared.settle()
    assert alice.read("data/b.txt") == "bob's"


def test_a_file_that_is_really_gone_is_deleted_while_another_cannot_be_looked_at(
    shared: World, alice: Member, bob: Member
) -> None:
    (alice.root / "data" / "c.txt").unlink()
    with failing("b.txt", errno.EIO):
        shared.settle()
    assert bob.files().keys() == {"a.txt", "data/b.txt", "z.txt"}


@pytest.mark.parametrize("code", [errno.EACCES, errno.EIO])
def test_rules_that_cannot_be_read_let_nothing_out(shared: World, alice: Member, bob: Member, code: int) -> None:
    alice.write(".hubshareignore", "secret\n")
    alice.write("secret", "mine alone")
    shared.settle()
    alice.restart()
    with failing(".hubshareignore", code), pytest.raises(Unavailable):
        alice.work()
    shared.settle()
    assert "secret" not in bob.files()


def test_a_folder_that_becomes_a_link_out_of_the_project_is_held(
    shared: World, alice: Member, bob: Member, tmp_path: Path
) -> None:
    shutil.move(alice.root / "data", tmp_path / "scratch")
    (alice.root / "data").symlink_to(tmp_path / "scratch")
    alice.write("z.txt", "newer")
    shared.settle()
    assert bob.files() == _FILES | {"z.txt": "newer"}
    assert alice.plan().held.keys() == {"data/b.txt", "data/c.txt"}
    assert "data" in alice.local.index.unshared()
    alice.local.scan(["data/b.txt"])
    assert alice.plan().held.keys() == {"data/b.txt", "data/c.txt"}, "also when only this path is looked at"


def test_a_folder_that_moves_to_a_link_inside_the_project_moves(shared: World, alice: Member, bob: Member) -> None:
    (alice.root / "data").rename(alice.root / "raw")
    (alice.root / "data").symlink_to("raw")
    shared.settle()
    assert os.readlink(bob.root / "data") == "raw"
    assert bob.read("raw/b.txt") == "b"


def _mount(*args: str | Path) -> None:
    made = subprocess.run(["mount", *args], capture_output=True)
    if made.returncode:
        pytest.skip(f"nothing can be mounted here: {made.stderr.decode().strip()}")


@pytest.fixture
def disk(alice: Member) -> Iterator[Path]:
    """A disk of its own below Alice's checkout."""
    where = alice.root / "disk"
    where.mkdir()
    _mount("-t", "tmpfs", "-o", "size=2m", "none", where)
    yield where
    subprocess.run(["umount", "-l", where], capture_output=True)


def test_a_disk_that_is_not_mounted_deletes_nothing(shared: World, alice: Member, bob: Member, disk: Path) -> None:
    alice.write("disk/big.txt", "big")
    shared.settle()
    assert bob.read("disk/big.txt") == "big"
    subprocess.run(["umount", disk], check=True)
    alice.write("z.txt", "newer")
    for _ in range(2):
        shared.settle()
        assert bob.read("disk/big.txt") == "big"
        assert "mount" in alice.plan().held["disk/big.txt"]
    alice.local.scan(["disk/big.txt"])
    assert "mount" in alice.plan().held["disk/big.txt"], "also when only this path is looked at"
    assert bob.read("z.txt") == "newer"
    bob.write("disk/more.txt", "more")
    shared.settle()
    assert not any(disk.iterdir()), "nothing is written where the disk will cover it"
    assert "mount" in alice.plan().held["disk/more.txt"]
    _mount("-t", "tmpfs", "-o", "size=2m", "none", disk)
    alice.write("disk/big.txt", "bigger")
    shared.settle()
    assert bob.read("disk/big.txt") == "bigger" and alice.plan().held == {}
    # The folder itself is removed: that is meant.
    subprocess.run(["umount", disk], check=True)
    disk.rmdir()
    shared.settle()
    assert bob.read("disk/big.txt") is None


def test_a_disk_that_is_mounted_over_files_deletes_nothing(shared: World, alice: Member, bob: Member) -> None:
    _mount("-t", "tmpfs", "-o", "size=2m", "none", alice.root / "data")
    try:
        for _ in range(2):
            shared.settle()
            assert bob.files() == _FILES
            assert alice.plan().held.keys() == {"data/b.txt", "data/c.txt"}
        alice.write("data/b.txt", "b")
        alice.write("data/c.txt", "c on the new disk")
        shared.settle()
        assert bob.read("data/c.txt") == "c on the new disk"
        (alice.root / "data" / "b.txt").unlink()
        shared.settle()
        assert bob.read("data/b.txt") is None, "what is deleted on a disk that was accepted is deleted"
    finally:
        subprocess.run(["umount", "-l", alice.root / "data"], check=True)


def test_a_file_system_that_lists_another_spelling_makes_no_second_file(
    shared: World, alice: Member, bob: Member
) -> None:
    """As HFS+ lists what was written composed, and FAT what was written in capitals."""

    def respelled(listing: Iterator[os.DirEntry[str]]) -> Iterator[object]:
        for entry in listing:
            yield SimpleNamespace(name=entry.name.replace("b.txt", "B.TXT"), stat=entry.stat, is_dir=entry.is_dir)

    with listing_as(respelled):
        shared.settle()
        assert bob.files() == _FILES
        alice.write("data/b.txt", "newer")
        shared.settle()
        assert bob.files() == _FILES | {"data/b.txt": "newer"}


def test_a_reported_change_under_another_spelling_is_one_of_the_known_file(
    shared: World, alice: Member, bob: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    stat = alice.local.disk.stat
    monkeypatch.setattr(alice.local.disk, "stat", lambda path: stat(path.replace("B.TXT", "b.txt")))
    alice.write("data/b.txt", "newer")
    alice.local.scan(["data/B.TXT"])
    assert alice.plan().outgoing.keys() == {"data/b.txt"}
