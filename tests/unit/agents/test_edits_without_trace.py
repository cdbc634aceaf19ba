"""Edits that `stat` does not tell: they are found by reading, and never overwritten."""

from __future__ import annotations

import mmap
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hubshare_agents.checkout.database import CheckoutDatabase
from hubshare_agents.checkout.disk import Disk
from hubshare_agents.checkout.index import CheckoutIndex
from hubshare_agents.checkout.reading import same, seen
from hubshare_agents.checkout.scanner import Scanner

from hubshare.config import AgentSettings
from hubshare.testing.world import Member, World

_SECOND = 1_000_000_000


def _looks_like_before(world_path: Path, before: os.stat_result) -> None:
    """Put mtime back, as `touch -r`, `rsync --times` and `tar` do."""
    os.utime(world_path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def _hide_edit(member: Member, path: str, text: str) -> None:
    """Edit a file so that its stamps are those that the index knows, as on a file system that stamps coarsely."""
    (member.root / path).write_text(text)
    index, found = member.local.index, (member.root / path).stat()
    index.save(index.row(path)._replace(seen=seen(found)._replace(mtime=found.st_mtime_ns)))
    assert same(index.row(path).seen, found)


def test_an_edit_without_trace_is_not_overwritten_by_an_update(world: World) -> None:
    alice, bob = world.join("alice"), world.join("bob", mode="manual")
    alice.write("a", "first")
    world.settle()
    bob.pull()
    _hide_edit(bob, "a", "tsrif")
    alice.write("a", "newer")
    world.settle()
    bob.pull()
    assert bob.read("a") == "tsrif"
    assert bob.conflicts() == {"a": "edited on both sides"}


def test_an_edit_without_trace_is_not_lost_with_a_published_deletion(world: World) -> None:
    alice, bob = world.join("alice"), world.join("bob", mode="manual")
    for path in ("a", "b", "c"):
        alice.write(path, "first")
    world.settle()
    bob.pull()
    _hide_edit(bob, "a", "tsrif")
    (alice.root / "a").unlink()
    world.settle()
    bob.pull()
    assert bob.read("a") == "tsrif"
    assert bob.conflicts() == {"a": "edited here, deleted there"}


@pytest.mark.parametrize("published", ["newer", None])
def test_an_edit_is_not_taken_out_of_its_place_even_for_a_moment(world: World, published: str | None) -> None:
    """A program that opens it just then would find something else, or nothing."""
    alice, bob = world.join("alice"), world.join("bob", mode="manual")
    alice.write("a", "first")
    alice.write("b", "first")
    world.settle()
    bob.pull()
    _hide_edit(bob, "a", "tsrif")
    # Every rename, exchange and link sets it.
    before = (bob.root / "a").stat().st_ctime_ns
    if published is None:
        (alice.root / "a").unlink()
    else:
        alice.write("a", published)
    world.settle()
    bob.pull()
    assert bob.read("a") == "tsrif" and bob.conflicts()
    assert (bob.root / "a").stat().st_ctime_ns == before


def test_a_second_edit_without_trace_while_the_first_is_pushed_is_published(world: World) -> None:
    alice, bob = world.join("alice", mode="manual"), world.join("bob")
    alice.write("a", "first")
    alice.push()
    alice.write("a", "edit1")
    alice.local.scan()
    _hide_edit(alice, "a", "edit2")
    alice.push()
    world.settle()
    assert bob.read("a") == "edit2"


@pytest.mark.parametrize(
    ("age", "mtime", "ctime", "sure"),
    [
        (0.001, "now", "now", False),
        (0.5, "now", "now", True),
        (0.5, "now, whole seconds", "now, whole seconds", False),
        (3.5, "now, whole seconds", "now, whole seconds", True),
        # Set back by a program: ctime tells when.
        (0.001, "long ago", "now", False),
        (0.5, "long ago", "now", True),
        (0.5, "long ago", "now, whole seconds", False),
    ],
)
def test_a_file_is_recognised_only_when_a_further_edit_would_show(
    monkeypatch: pytest.MonkeyPatch, age: float, mtime: str, ctime: str, sure: bool
) -> None:
    now = 1_800_000_000 * _SECOND + 400_000_000
    stamps = {"now": now, "now, whole seconds": now // _SECOND * _SECOND, "long ago": 1_000_000_000 * _SECOND}
    found = os.stat_result(
        (0o100644, 7, 1, 1, 0, 0, 5, 0, 0, 0), {"st_mtime_ns": stamps[mtime], "st_ctime_ns": stamps[ctime]}
    )
    monkeypatch.setattr(time, "time_ns", lambda: now + int(age * _SECOND))
    known = seen(found)
    monkeypatch.setattr(time, "time_ns", lambda: now + 3600 * _SECOND)
    assert same(known, found) is sure


@pytest.fixture
def index(tmp_path: Path) -> Iterator[CheckoutIndex]:
    database = CheckoutDatabase(tmp_path / "index.sqlite")
    yield CheckoutIndex(database)
    database.close()


def _scanner(root: Path, index: CheckoutIndex) -> Scanner:
    return Scanner(Disk(root), index, AgentSettings(state=root.parent / "state"))


@pytest.fixture
def whole_seconds(tmp_path: Path) -> Iterator[Path]:
    """An ext4 whose inodes have no room for parts of a second."""
    image, where = tmp_path / "image", tmp_path / "coarse"
    with image.open("wb") as file:
        file.truncate(2 << 20)
    where.mkdir()
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
        pytest.skip("a file system cannot be made and mounted here")
    subprocess.run(["mkfs.ext4", "-q", "-I", "128", image], check=True, capture_output=True)
    made = subprocess.run(["mount", "-o", "loop", image, where], capture_output=True)
    if made.returncode:
        pytest.skip(f"a file system cannot be mounted here: {made.stderr.decode().strip()}")
    yield where
    subprocess.run(["umount", "-l", where], check=True)


def test_two_edits_of_equal_length_within_one_second_are_both_seen(whole_seconds: Path, index: CheckoutIndex) -> None:
    scanner, path = _scanner(whole_seconds, index), whole_seconds / "a"
    found = set()
    for number in range(20):
        path.write_text(f"{number:02}")
        scanner.scan("a")
        local = index.row("a").local
        assert local is not None
        found.add(local.id)
    assert len(found) == 20


def test_edits_that_put_mtime_back_are_seen(whole_seconds: Path, index: CheckoutIndex) -> None:
    scanner, path = _scanner(whole_seconds, index), whole_seconds / "a"
    path.write_text("00")
    before, found = path.stat(), set()
    for number in range(20):
        path.write_text(f"{number:02}")
        _looks_like_before(path, before)
        scanner.scan("a")
        local = index.row("a").local
        assert local is not None
        found.add(local.id)
    assert len(found) == 20


def test_what_is_written_through_a_mapping_is_seen(
    tmp_path: Path, index: CheckoutIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "folder"
    root.mkdir()
    (root / "array").write_bytes(bytes(4096))
    scanner = _scanner(root, index)
    with (root / "array").open("r+b") as file, mmap.mmap(file.fileno(), 4096) as mapping:
        mapping[0] = 1
        # The stamps of the first write are old enough to be believed.
        later = time.time_ns() + _SECOND
        monkeypatch.setattr(time, "time_ns", lambda: later)
        scanner.scan()
        first = index.row("array").local
        mapping[0] = 2
        scanner.scan()
        assert index.row("array").local != first
    scanner.scan()
    seen_then = index.row("array").seen
    assert seen_then is not None and seen_then.mtime != -1, "nobody writes to it any more"
