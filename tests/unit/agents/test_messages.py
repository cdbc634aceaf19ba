"""What commands say: it fits what has happened, and reads well for none, one and many."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hubshare_agents.cli.answers import CheckoutStatus, Pushed, Restored
from hubshare_agents.cli.history import restored
from hubshare_agents.cli.syncing import checkout_status, pushed

from hubshare.config import Limits
from hubshare.project_settings import said
from hubshare.testing.world import Member, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "world")
    yield made
    made.close()


@pytest.fixture
def alice(world: World) -> Member:
    return world.join("alice")


def test_a_push_that_is_all_in_conflict_does_not_say_that_it_pushed() -> None:
    answer: Pushed = {
        "project": "a/b",
        "status": "conflict",
        "pushed": 0,
        "conflicts": {"x": "edited on both sides"},
        "version": 3,
        "foreign": {},
    }
    first, *rest = pushed(answer)
    assert first == "Nothing was published in a/b, which is at version 3: all of it is in conflict."
    assert "1 conflict" in rest[0]
    assert next(iter(pushed({**answer, "pushed": 1}))) == "Pushed 1 file to a/b; it is at version 3."


def _restored(**more: object) -> str:
    answer: Restored = {"project": "a/b", "path": ".", "from": "version 2", **more}  # type: ignore[typeddict-item]
    return "\n".join(restored(answer))


def test_what_is_restored_where_it_syncs_by_itself_needs_no_push() -> None:
    assert "`hubshare push` publishes it" in _restored(restored=["x"])
    assert "it is published by itself" in _restored(restored=["x"], auto=True)
    assert "push" not in _restored(restored=["x"], auto=True) + _restored(path="x", auto=True)
    assert "push it" in _restored(path="x")


def test_nothing_to_bring_back_is_said_so() -> None:
    said = _restored(**{"from": "the project", "restored": []})
    assert said.startswith("Nothing that is published is missing here") and "Brought" not in said
    assert _restored(**{"from": "the project", "restored": ["x"]}) == "Brought back 1 deleted file."


def _status(**more: object) -> list[str]:
    answer: CheckoutStatus = {  # type: ignore[typeddict-item]
        "project": "a/b",
        "folder": "/a",
        "mode": "auto",
        "role": "owner",
        "version": 3,
        "files": 1,
        **dict.fromkeys(("lost", "refused")),
        **dict.fromkeys(("paused", "offline", "unwatched"), ""),
        **{name: [] for name in ("outgoing", "incoming", "conflicts", "twins")},
        **{name: {} for name in ("held", "unshared")},
        **more,
    }
    return list(checkout_status(answer))


def test_everything_is_in_sync_only_if_nothing_is_left_alone() -> None:
    assert _status()[-1] == "Everything is in sync."
    assert _status(held={"x": "why"})[-1] == "Everything else is in sync."


@pytest.mark.parametrize(("brake", "words"), [(0, "0 files"), (1, "1 file "), (2, "2 files"), (1200, "1,200 files")])
def test_a_brake_of_one_is_one_file(brake: int, words: str) -> None:
    assert f"more than {words}" in said("brake", "a/b", brake, Limits(brake_deletions=5000))


_DIES = """
import os, sqlite3, sys
made = sqlite3.connect(sys.argv[1])
made.execute("PRAGMA journal_mode=WAL")
made.execute("CREATE TABLE t (x)")
made.commit()
os._exit(9)
"""


def test_a_journal_that_a_killed_program_left_is_told_with_what_brings_it_in(world: World, alice: Member) -> None:
    subprocess.run([sys.executable, "-c", _DIES, str(alice.root / "data.db")])
    assert (alice.root / "data.db-wal").stat().st_size
    world.settle()
    why = alice.local.index.unshared()["data.db"]
    assert "was killed" in why and "data.db-wal" in why and "sqlite3 data.db" in why
    with sqlite3.connect(alice.root / "data.db") as database:
        database.execute("SELECT * FROM t")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    world.settle()
    assert "data.db" in world.published()
