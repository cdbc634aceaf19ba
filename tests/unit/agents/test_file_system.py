"""What a file system can do is tried when a checkout is opened, and what follows is said by `status`."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hubshare_agents.checkout.file_system import FileSystem, probe
from hubshare_agents.checkout.pause import Pause
from hubshare_agents.checkout.status import describe

from hubshare.testing.world import Member, World


def mounted(place: Path, *command: str) -> Iterator[Path]:
    made = subprocess.run(command, capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"it cannot be mounted here: {made.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture
def tmpfs(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "tmpfs"
    place.mkdir()
    yield from mounted(place, "mount", "-t", "tmpfs", "-o", "size=4m", "none", str(place))


@pytest.fixture
def fuse(tmp_path: Path) -> Iterator[Path]:
    if shutil.which("bindfs") is None:
        pytest.skip("bindfs is not installed")
    (tmp_path / "behind").mkdir()
    place = tmp_path / "fuse"
    place.mkdir()
    yield from mounted(place, "bindfs", str(tmp_path / "behind"), str(place))


def test_a_file_system_of_this_machine_can_do_it_all(tmpfs: Path) -> None:
    found = probe(tmpfs)
    assert found is not None and not found.remarks(60)
    assert (found.exchanges, found.claims, found.leases, found.shared) == (True, True, True, False)
    assert not [*tmpfs.iterdir()]


def test_a_file_system_of_a_program_is_tried_too(fuse: Path) -> None:
    found = probe(fuse)
    assert found is not None and found.shared and found.claims
    assert not [*fuse.iterdir()]


def test_a_folder_that_is_not_there_tells_nothing(tmp_path: Path) -> None:
    assert probe(tmp_path / "gone") is None


def test_status_says_what_follows(world: World, alice: Member) -> None:
    state = alice.local.state
    assert state.file_system is not None and not describe(alice.local, Pause(), "", "").remarks
    poor = FileSystem(state.file_system.device, exchanges=False, claims=False, leases=False, shared=True)
    alice.local.become(state.file_system_tried(poor))
    alice.restart()
    said = " ".join(describe(alice.local, Pause(), "", "").remarks)
    assert "cannot exchange two files" in said and "every 60 s" in said and "which files are open" in said
    assert not alice.local.disk.exchanges
