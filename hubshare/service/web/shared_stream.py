"""What is made once while several answers take it, each at its own speed, through a temporary file."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Hashable, Iterator
from pathlib import Path

from anyio import CancelScope
from starlette.concurrency import run_in_threadpool

from hubshare import metering
from hubshare.config import KIB, MIB
from hubshare.errors import Unavailable
from hubshare.metering import Meter, each_timed

_CHUNK = 256 * KIB
#: Bytes of all such files together. What is larger is made for each answer by itself from there on.
_MOST = 8192 * MIB

#: Begins to make the content; gives it in pieces, the same ones each time, and lets go of what it is made of when it is closed.
Begin = Callable[[], Iterator[bytes]]


class SharedStreams:
    """The contents that are being made and taken; for the event loop.

    Args:
        folder: on whose disk the temporary files are; they have no name, so nothing is ever left of them.
        most: bytes that these have together.
    """

    def __init__(self, folder: Path, most: int = _MOST) -> None:
        self._folder, self.left = folder, most
        self._shared: dict[Hashable, _Shared] = {}

    async def take(self, key: Hashable, begin: Begin) -> AsyncIterator[bytes]:
        """What `begin` gives, or is giving to somebody else who asked for the same.

        Args:
            key: what of two that are the same is the same.
        """
        shared = self._shared.get(key)
        if shared is None:
            shared = self._shared[key] = _Shared(self, self._folder, begin)
        meter = metering.current() or Meter()
        shared.meters.append(meter)
        try:
            async for piece in shared.pieces():
                yield piece
        finally:
            if len(shared.meters) > 1:
                shared.meters = [one for one in shared.meters if one is not meter]
            else:
                if self._shared.get(key) is shared:
                    del self._shared[key]
                # Also when the answer was broken off while it waited.
                with CancelScope(shield=True):
                    await shared.end()


class _Shared:
    """One content.

    Attributes:
        meters: of the answers that take it, each of which pays its part of what is made meanwhile.
    """

    def __init__(self, all_: SharedStreams, folder: Path, begin: Begin) -> None:
        self._all, self._begin = all_, begin
        folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 – closed by `end`
        self._size, self._complete, self._full, self._ended = 0, False, False, False
        self._fault: Exception | None = None
        self._grown = asyncio.Event()
        self._filling = asyncio.create_task(self._fill())
        self.meters: list[Meter] = []

    async def pieces(self) -> AsyncIterator[bytes]:
        """All of it, from the beginning."""
        at = 0
        while True:
            grown = self._grown
            if at < self._size:
                piece = await run_in_threadpool(os.pread, self._file.fileno(), min(_CHUNK, self._size - at), at)
                at += len(piece)
                yield piece
            elif self._complete:
                return
            elif self._fault is not None:
                raise Unavailable("What is sent could not be made to its end: try again.") from self._fault
            elif self._full:
                async for piece in self._rest(at):
                    yield piece
                return
            else:
                await grown.wait()

    async def end(self) -> None:
        """Make no more of it, and let the file go."""
        self._ended = True
        await self._filling
        self._all.left += self._size
        self._file.close()

    async def _fill(self) -> None:
        with metering.counted() as spent:
            made = each_timed(self._begin())
            try:
                while not self._ended and (piece := await run_in_threadpool(next, made, b"")):
                    self._share_out(spent)
                    if len(piece) > self._all.left:
                        self._full = True
                        break
                    self._all.left -= len(piece)
                    await run_in_threadpool(self._file.write, piece)
                    self._size += len(piece)
                    self._wake()
                else:
                    self._complete = True
            except Exception as error:
                self._fault = error
            finally:
                await run_in_threadpool(_close, made)
                self._share_out(spent)
                self._wake()

    def _share_out(self, spent: Meter) -> None:
        part = spent.take()
        for meter in self.meters:
            meter.add(part, 1 / len(self.meters))

    async def _rest(self, at: int) -> AsyncIterator[bytes]:
        """What comes behind a place, made for one answer."""
        made = each_timed(self._begin())
        try:
            while piece := await run_in_threadpool(next, made, b""):
                if at < len(piece):
                    yield piece[at:]
                at = max(0, at - len(piece))
        finally:
            await run_in_threadpool(_close, made)

    def _wake(self) -> None:
        grown, self._grown = self._grown, asyncio.Event()
        grown.set()


def _close(made: Iterator[bytes]) -> None:
    if close := getattr(made, "close", None):
        close()
