"""How an error that stays is told: by a line in the log, and by a reason at the file that it is about."""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hubshare_agents.checkout.apply import refusal

from hubshare.testing.world import Member, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "world")
    yield made
    made.close()


@pytest.fixture
def alice(world: World) -> Member:
    return world.join("alice")


@pytest.mark.parametrize("full", [OSError(errno.ENOSPC, "full"), sqlite3.OperationalError("database or disk is full")])
def test_a_disk_that_stays_full_is_one_line_in_the_log(
    alice: Member, caplog: pytest.LogCaptureFixture, full: Exception
) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            alice.loop._note(full)
    (line,) = caplog.records
    assert "full" in line.getMessage() and not line.exc_info
    assert "free some space" in alice.loop.paused


def test_what_is_unexpected_is_in_the_log_with_all_that_helps(alice: Member, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        for error in (ValueError("odd"), ValueError("odd"), ValueError("odder")):
            alice.loop._note(error)
    assert [bool(line.exc_info) for line in caplog.records] == [True, True]


@pytest.mark.parametrize("attribute", ["i", "a"])
@pytest.mark.parametrize("what", ["a.txt", "data"])
def test_a_file_that_may_not_be_changed_is_held_and_named(
    world: World, alice: Member, attribute: str, what: str
) -> None:
    bob = world.join("bob")
    for path in ("a.txt", "data/b.txt", "c.txt"):
        alice.write(path, "first")
    world.settle()
    path = bob.root / what
    if subprocess.run(["chattr", f"+{attribute}", path], capture_output=True).returncode:
        pytest.skip("only root may set it, on a file system that has it")
    try:
        for name in ("a.txt", "data/b.txt", "c.txt"):
            alice.write(name, "second")
        (alice.root / "data/b.txt").rename(alice.root / "data/new.txt")
        world.settle()
        held = bob.plan().held
        if what == "a.txt":
            assert held.keys() == {"a.txt"} and "lsattr" in held["a.txt"]
            assert (bob.read("a.txt"), bob.read("c.txt"), bob.read("data/new.txt")) == ("first", "second", "second")
        else:
            assert "data/b.txt" in held and (bob.read("data/b.txt"), bob.read("c.txt")) == ("first", "second")
        assert world.published()["c.txt"] == bob.local.index.row("c.txt").agreed
    finally:
        subprocess.run(["chattr", f"-{attribute}", path], check=True)
    world.settle()
    assert bob.files() == alice.files()
    assert not [name for name in os.listdir(bob.root) if "hubshare-" in name]


def test_a_refusal_for_lack_of_permission_says_what_to_look_at() -> None:
    assert "lsattr" in refusal(PermissionError(errno.EPERM, os.strerror(errno.EPERM)))
    assert "permissions" in refusal(PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
