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
