"""Numbered cases of docs/reference/merging.md: what was not seen is not deleted."""

from __future__ import annotations

import errno
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from hubshare_agents.checkout.reading import seen

from hubshare.errors import Paused, Unavailable
from hubshare.testing.world import Member, World
from tests.helpers.faulty_files import failing


def test_46_what_gives_an_error(world: World, alice: Member, bob: Member) -> None:
    bob.write("folder/c", "bob's")
    with failing("folder", errno.EIO):
        world.settle()
        assert alice.plan().held.keys() == {"folder/c", "folder/d"}
    with failing(str(alice.root), errno.EACCES, ("open",)), pytest.raises(Unavailable, match="counts as deleted"):
        alice.work()
    assert bob.read("folder/d") == "first folder/d"
    world.settle()
    assert alice.read("folder/c") == "bob's"


def test_47_a_disk_that_is_not_mounted(world: World, alice: Member, bob: Member) -> None:
    disk = alice.root / "disk"
    disk.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", disk], capture_output=True)
    if made.returncode:
        pytest.skip(f"nothing can be mounted here: {made.stderr.decode().strip()}")
    try:
        alice.write("disk/x", "large")
        world.settle()
    finally:
        subprocess.run(["umount", disk], check=True)
    bob.write("disk/y", "new")
    world.settle()
    assert bob.read("disk/x") == "large"
    assert alice.plan().held.keys() == {"disk/x", "disk/y"} and not any(disk.iterdir())
    disk.rmdir()
    world.settle()
    assert bob.read("disk/x") is None


def test_47_a_link_out_of_the_project(world: World, alice: Member, bob: Member, tmp_path: Path) -> None:
    shutil.move(alice.root / "folder", tmp_path / "scratch")
    (alice.root / "folder").symlink_to(tmp_path / "scratch")
    world.settle()
    assert bob.read("folder/c") == "first folder/c"


def test_48_the_folder_was_mounted_anew(
    world: World, alice: Member, bob: Member, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice.restart()
    with monkeypatch.context() as patch:
        patch.setattr(alice.local.disk, "identity", lambda: (0, 0))
        (alice.root / "a").unlink()
        world.settle()
    assert bob.read("a") is None
    shutil.copytree(alice.root, tmp_path / "copy")
    (tmp_path / "copy" / "b").unlink()
    shutil.rmtree(alice.root)
    (tmp_path / "copy").rename(alice.root)
    with pytest.raises(Paused, match=r"not the folder that it was, and 1 file is missing"):
        alice.work()
    alice.write("b", "first b")
    world.settle()
    assert bob.files() == alice.files()


def test_49_a_database_that_is_being_written(world: World, alice: Member, bob: Member) -> None:
    with closing(sqlite3.connect(alice.root / "x.db", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE t (x)")
        world.settle()
        assert "x.db" in alice.local.index.unshared()
        assert not (bob.root / "x.db").exists()
    world.settle()
    assert (bob.root / "x.db").read_bytes() == (alice.root / "x.db").read_bytes()


def test_50_an_edit_that_leaves_no_trace(world: World, alice: Member, bob: Member) -> None:
    (alice.root / "a").write_text("first A")
    index, found = alice.local.index, (alice.root / "a").stat()
    index.save(index.row("a")._replace(seen=seen(found)._replace(mtime=found.st_mtime_ns)))
    bob.write("a", "bob's")
    world.settle()
    assert alice.read("a") == "first A"
    assert alice.conflicts() == {"a": "edited on both sides"}
