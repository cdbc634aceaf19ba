"""A push that could not be sent is sent as soon as the centre is back, however often that failed before."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from hubshare.errors import Unavailable
from hubshare.testing.world import World


def test_an_upload_that_failed_again_and_again_is_tried_again_within_a_second(tmp_path: Path, monkeypatch: Any) -> None:
    world = World(tmp_path)
    alice = world.join("alice")
    world.settle()
    protocol, tries = alice.loop.protocol, list[str]()

    async def away(name: str, pack: Path, moved: Any) -> None:
        tries.append(name)
        raise Unavailable("The service does not answer.")

    monkeypatch.setattr(protocol.transfers, "upload", away)
    (alice.root / "large.bin").write_bytes(os.urandom(200_000))
    for number in range(8):
        protocol.resend_at = 0.0
        with suppress(Unavailable):
            alice.work()
        assert len(tries) == number + 1
        assert protocol.resend_at <= time.monotonic() + 1
    world.close()


def test_a_push_that_waits_at_the_centre_is_not_sent_again(tmp_path: Path, monkeypatch: Any) -> None:
    world = World(tmp_path)
    alice = world.join("alice")
    world.settle()
    protocol, sent = alice.loop.protocol, list[str]()
    words, send = "paused by an admin", protocol._link.send

    async def place() -> str:
        return words

    async def counted(event: bytes, pack: bytes = b"", age: float | None = None) -> str:
        sent.append(await send(event, pack, age) or "1-0")
        return sent[-1]

    monkeypatch.setattr(protocol, "place", place)
    monkeypatch.setattr(protocol._link, "send", counted)
    alice.write("a", "edited")
    alice.work()
    for _ in range(3):
        protocol.resend_at = 0.0
        alice.work()
    assert len(sent) == 1 and protocol.waiting == words and protocol.resend_at > time.monotonic()
    # Where nobody knows of it, it may be lost.
    words, protocol.resend_at = "", 0.0
    alice.work()
    assert len(sent) == 2 and protocol.waiting == ""
    world.settle()
    assert world.published()["a"] == alice.local.index.row("a").agreed and alice.local.state.pending is None
    world.close()
