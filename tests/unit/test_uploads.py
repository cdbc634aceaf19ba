"""Uploads in progress: bounded in number and bytes for each user, and by the room on the disk."""

from __future__ import annotations

import os
import shutil
import time
from collections import namedtuple
from pathlib import Path

import pytest

from hubshare import uploads as module
from hubshare.errors import TooLarge, TooMany, Unavailable
from hubshare.uploads import Uploads
from hubshare.wire.agent import new_id

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    (tmp_path / "uploads").mkdir()
    return Uploads(tmp_path / "uploads", 1000)


def age(uploads: Uploads, user: str, name: str) -> None:
    """Leave an upload for long."""
    then = time.time() - module._FORGOTTEN_SECONDS - 10
    os.utime(uploads.path(user, name), (then, then))


def test_a_user_has_so_many_uploads_and_what_was_forgotten_makes_room(uploads: Uploads) -> None:
    names = [new_id() for _ in range(module._EACH)]
    for name in names:
        uploads.append("alice", name, 0, b"x")
    with pytest.raises(TooMany, match="makes room"):
        uploads.append("alice", new_id(), 0, b"x")
    assert uploads.append("alice", names[0], 1, b"y") == 2, "what has begun goes on"
    assert uploads.append("bob", new_id(), 0, b"x") == 1
    age(uploads, "alice", names[3])
    uploads.finish("alice", names[4])
    age(uploads, "alice", names[4])
    assert uploads.append("alice", new_id(), 0, b"x") == 1
    assert uploads.size("alice", names[3]) == 0
    assert uploads.complete("alice", names[4]), "a push may name it yet"


def test_a_users_uploads_hold_so_much_together(uploads: Uploads) -> None:
    names = [new_id() for _ in range(6)]
    for name in names[:4]:
        uploads.append("alice", name, 0, b"x" * 1000)
    with pytest.raises(TooLarge):
        uploads.append("alice", names[0], 1000, b"x")
    with pytest.raises(TooMany, match=r"4\.0 KB"):
        uploads.append("alice", names[4], 0, b"x")
    uploads.path("alice", names[0]).unlink()
    assert uploads.append("alice", names[4], 0, b"x" * 1000) == 1000


def test_a_disk_that_is_almost_full_takes_no_upload(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    name = new_id()
    uploads.append("alice", name, 0, b"x")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**12, 10**12 - 10**8, 10**8))
    with pytest.raises(Unavailable, match="almost full"):
        uploads.append("alice", name, 1, b"x")
    assert uploads.size("alice", name) == 1
