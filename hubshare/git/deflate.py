"""Deflating what may be large and may not get any smaller: it is judged piece by piece, and what would not shrink is stored.

Deflate has blocks of both kinds in one stream, so whatever reads git's objects reads these. Sources: RFC 1950, RFC 1951.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from hubshare.config import KIB

#: How much of a piece is tried, from its middle, and the part of it that has to be saved. Trying costs a tenth of hashing.
_SAMPLE, _SAVED_PART = 4 * KIB, 16
#: A smaller piece is not worth a look.
_JUDGED = 16 * KIB
#: Most bytes in one stored block.
_BLOCK = 65_535
#: A stream whose window is 32 KiB, which was compressed for speed.
_HEADER = b"\x78\x01"
_LAST_BLOCK = b"\x01\x00\x00\xff\xff"


def deflated(pieces: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    """A zlib stream of what these pieces are together.

    Args:
        pieces: best of some hundred KiB each: each is compressed or stored.
    """
    checksum, packing = 1, None
    yield _HEADER
    for piece in pieces:
        checksum = zlib.adler32(piece, checksum)
        if _shrinks(piece):
            packing = packing or zlib.compressobj(zlib.Z_BEST_SPEED, zlib.DEFLATED, -zlib.MAX_WBITS)
            yield packing.compress(piece)
            continue
        if packing is not None:
            # To the end of a byte, where a stored block can follow.
            yield packing.flush(zlib.Z_FULL_FLUSH)
            packing = None
        yield from _stored(piece)
    yield packing.flush() if packing is not None else _LAST_BLOCK
    yield checksum.to_bytes(4, "big")


def _shrinks(piece: bytes | memoryview) -> bool:
    if len(piece) < _JUDGED:
        return True
    middle = (len(piece) - _SAMPLE) // 2
    sample = piece[middle : middle + _SAMPLE]
    return len(zlib.compress(sample, zlib.Z_BEST_SPEED)) < _SAMPLE - _SAMPLE // _SAVED_PART


def _stored(piece: bytes | memoryview) -> Iterator[bytes]:
    for at in range(0, len(piece), _BLOCK):
        block = piece[at : at + _BLOCK]
        yield b"\0" + len(block).to_bytes(2, "little") + (len(block) ^ 0xFFFF).to_bytes(2, "little")
        yield bytes(block)
