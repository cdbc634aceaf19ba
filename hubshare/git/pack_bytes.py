"""The bytes of a pack, read in pieces from memory or from a file: none of a file's pages stay in this process."""

from __future__ import annotations

import os
import weakref
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from hubshare.config import KIB
from hubshare.errors import BadPack

CHUNK = 256 * KIB


class PackBytes(Protocol):
    """Where a pack is read from.

    Attributes:
        size: of all of it, in bytes.
    """

    size: int

    def at(self, start: int, end: int) -> bytes:
        """The bytes from `start` up to `end`; less at the end."""
        ...

    def close(self) -> None:
        """Let the file go."""
        ...


class InMemory:
    """A small pack that is at hand.

    Args:
        raw: all of it.
    """

    def __init__(self, raw: bytes) -> None:
        self._raw, self.size = raw, len(raw)

    def at(self, start: int, end: int) -> bytes:
        return self._raw[start:end]

    def close(self) -> None:
        """There is nothing to let go."""


class InFile:
    """A pack in a file, which may lose its name while it is read. Several threads may read it.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        # It goes with this, also where a pack is dropped in the middle of something.
        weakref.finalize(self, self._file.close)
        self.size = os.fstat(self._file.fileno()).st_size

    def at(self, start: int, end: int) -> bytes:
        found = b""
        while (left := end - start - len(found)) > 0:
            more = os.pread(self._file.fileno(), left, start + len(found))
            if not more:
                break
            found = found + more if found else more
        return found

    def close(self) -> None:
        self._file.close()


class Cursor:
    """Goes through a pack from its beginning, reading large pieces of it; each byte it passes is in `crc`.

    Args:
        source: the pack.
        position: where to begin.
        end: where to stop.

    Attributes:
        crc: CRC-32 of what was passed since it was last set to 0.
    """

    def __init__(self, source: PackBytes, position: int, end: int) -> None:
        self._source, self.position, self._end = source, position, end
        self._window, self._from = b"", position
        self.crc = 0

    def peek(self, most: int) -> bytes:
        """The next bytes, up to `most` of them and CHUNK; b"" at the end."""
        at = self.position - self._from
        wanted = min(most, CHUNK, self._end - self.position)
        if len(self._window) - at < wanted:
            self._window = self._source.at(self.position, min(self.position + CHUNK, self._end))
            self._from, at = self.position, 0
        return self._window[at : at + wanted]

    def pass_over(self, piece: bytes) -> None:
        """Go on behind what was just peeked at, or the beginning of it."""
        self.crc = zlib.crc32(piece, self.crc)
        self.position += len(piece)


def pieces(source: PackBytes, start: int, end: int) -> Iterator[bytes]:
    """What lies between two places, in pieces of at most 256 KiB."""
    for at in range(start, end, CHUNK):
        yield source.at(at, min(at + CHUNK, end))


def inflated(at: Cursor, size: int) -> Iterator[bytes]:
    """Unpack one object in pieces, never more than its declared size, and go on to where it ends.

    Args:
        at: where its compressed data begins.
        size: that it declares, in bytes.

    Raises:
        BadPack: it is damaged, cut short, or not of that size.
    """
    inflate, got = zlib.decompressobj(), 0
    # What does not get smaller is a little longer than it was.
    step = size + 128
    try:
        while not inflate.eof:
            taken = pending = at.peek(step)
            if not taken:
                raise BadPack("The pack was cut short: push again.")
            while pending and not inflate.eof:
                piece = inflate.decompress(pending, min(CHUNK, size - got + 1))
                pending = inflate.unconsumed_tail
                got += len(piece)
                if got > size:
                    raise BadPack("The pack holds an object that is larger than it says.")
                yield piece
            at.pass_over(taken[: len(taken) - len(inflate.unused_data)])
    except zlib.error as error:
        raise BadPack(f"The pack is damaged: {error}. Push again.") from None
    if got != size:
        raise BadPack("The pack holds an object that is smaller than it says.")
