"""What git gives to a client passes through in few and large pieces."""

from __future__ import annotations

import asyncio
import fcntl
import os
import tempfile
from pathlib import Path

import pytest

from hubshare.config import KIB, MIB
from hubshare.git import stock
from hubshare.git.objects import Commit
from hubshare.git.pktline import FLUSH, line
from hubshare.git.repository import Repository
from tests.helpers.forge import folder


@pytest.fixture
def large(tmp_path: Path) -> Repository:
    """A repository of 8 MiB that cannot be packed tighter."""
    made = Repository.create(tmp_path / "large.git", "olga", 1, "Create")
    objects = folder({"large.bin": os.urandom(8 * MIB)})
    commit = Commit(objects[-1].id, (made.main,), "olga", 2, "Large").encode()
    made.add([*objects, commit])
    made.set_ref("refs/heads/main", commit.id)
    return made


async def _fetch(repository: Repository) -> stock.UploadPack:
    with tempfile.TemporaryFile() as request:
        request.write(line(f"want {repository.main} no-progress\n".encode()) + FLUSH + line(b"done\n"))
        return await stock.UploadPack.pack(repository.path, "", request)


def test_nobody_is_woken_by_what_git_writes_while_it_is_gathered(
    large: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    # More than there is at a time, however quick git is: so there is something to gather, once that much has come.
    monkeypatch.setattr(stock, "_CHUNK", 3 * MIB)

    async def fetched() -> tuple[int, list[bool]]:
        process, reading, size = await _fetch(large), list[bool](), 0
        sleep, loop = asyncio.sleep, asyncio.get_running_loop()

        async def seen(seconds: float) -> None:
            # Servers that other tests have started sleep as well, in loops of their own.
            if asyncio.get_running_loop() is loop:
                reading.append(process._pipe.is_reading())
            await sleep(seconds)

        monkeypatch.setattr(asyncio, "sleep", seen)
        async for piece in process:
            size += len(piece)
        assert not await process.failed()
        process.end()
        return size, reading

    size, reading = asyncio.run(fetched())
    assert size > 8 * MIB
    assert reading and not any(reading)


def test_git_writes_on_while_nobody_reads(large: Repository) -> None:
    async def room() -> int:
        process = await _fetch(large)
        pipe = process._pipe.get_extra_info("pipe")
        found = fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ)
        process.end()
        await process.used()
        return found

    assert asyncio.run(room()) > 64 * KIB
