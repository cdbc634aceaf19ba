"""A checkout whose database fails while it is used says what to do, and goes on when it can."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hubshare_agents.checkout.database import CheckoutDatabase

from hubshare.testing.centre import wait_until
from hubshare.testing.world import World


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (sqlite3.DatabaseError("database disk image is malformed"), "hubshare repair {root}"),
        (sqlite3.OperationalError("database or disk is full"), "free some space"),
        (sqlite3.OperationalError("database is locked"), "nothing is lost"),
    ],
)
def test_a_failing_database_is_named_in_the_status_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: sqlite3.Error, words: str
) -> None:
    world = World(tmp_path / "world")
    member = world.join("alice")
    loop, real = member.loop, CheckoutDatabase.execute

    def execute(self: CheckoutDatabase, statement: str, *values: object) -> sqlite3.Cursor:
        raise error

    def goes_on_until(condition: Callable[[], bool], what: str) -> None:
        def look() -> bool:
            member.do(asyncio.sleep(0.01))
            return condition()

        wait_until(look, what)

    async def start() -> None:
        loop.start()

    monkeypatch.setattr(CheckoutDatabase, "execute", execute)
    member.do(start())
    goes_on_until(lambda: words.format(root=member.root) in loop.paused, "the status names it")
    monkeypatch.setattr(CheckoutDatabase, "execute", real)
    member.write("a.txt", "a")
    loop.wake()
    goes_on_until(lambda: not loop.paused and bool(world.to_centre), "the edit is pushed")
    member.do(loop.stop())
    world.close()
