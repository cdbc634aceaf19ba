"""The content of an object piece by piece, so that a file of any size takes hardly any memory."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, BinaryIO

from hubshare.config import KIB
from hubshare.errors import Unavailable
from hubshare.git.checkpoints import Checkpoint, Checkpoints
from hubshare.git.objects import TYPE_NAMES
from hubshare.git.packs import object_head
from hubshare.git.stock import running

if TYPE_CHECKING:
    from zlib import _Decompress as Unpacking

    _Begun = tuple[Unpacking, bytes, int]

_CHUNK = 256 * KIB


class ObjectStream:
    """An object's content, which is read once, from its beginning, by one thread at a time.

    Args:
        kind: type number of the object.
        size: of the content, in bytes.
        pieces: the content.
        close: lets go of what it is read from.
        start: of the content, where the pieces begin.

    Attributes:
        type, size, start: see above.
    """

    def __init__(
        self, kind: int, size: int, pieces: Iterator[bytes], close: Callable[[], None] = lambda: None, start: int = 0
    ) -> None:
        self.type, self.size, self.start = kind, size, start
        self._pieces, self._close = pieces, close
        self._rest = b""

    def __enter__(self) -> ObjectStream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file that it is read from."""
        self._close()

    def __iter__(self) -> Iterator[bytes]:
        """What is left, in pieces that are not empty."""
        if self._rest:
            rest, self._rest = self._rest, b""
            yield rest
        yield from self._pieces

    def peek(self, most: int) -> bytes:
        """The next bytes, which stay to be read; so many, or all that are left."""
        head = self.read(most)
        self._rest = head + self._rest
        return head

    def read(self, most: int) -> bytes:
        """The next bytes: so many, or all that are left."""
        parts, missing = list[bytes](), most
        while missing > 0:
            piece = self._rest or next(self._pieces, b"")
            if not piece:
                break
            parts.append(piece[:missing])
            self._rest = piece[missing:]
            missing -= len(parts[-1])
        return b"".join(parts)


def inflated(
    file: BinaryIO, kind: int, size: int, *, loose: bool = False, near: tuple[Checkpoints, str, int] | None = None
) -> ObjectStream:
    """An object that is kept as a whole.

    Args:
        file: at the object's beginning; it is closed with the stream.
        loose: the file is the object, with git's header inside; otherwise it is a pack, with a pack's header before it.
        near: where to find and to keep places to begin at, the object's id, and which byte is wanted: the stream begins at
            it or before it. Otherwise it begins at the beginning.
    """
    begin = partial(_beginning, file, kind, size, loose)
    if near is None:
        return ObjectStream(kind, size, _inflate(file, size, begin), file.close)
    checkpoints, name, wanted = near
    key = checkpoints.key(name, file)
    found, keep = checkpoints.before(key, wanted), partial(checkpoints.keep, key, size)
    if found is None:
        return ObjectStream(kind, size, _inflate(file, size, begin, keep), file.close)
    begin = partial(_resume, file, found)
    return ObjectStream(kind, size, _inflate(file, size, begin, keep), file.close, found.passed)


def spooled(repository: Path, name: str, kind: int, size: int) -> ObjectStream:
    """An object that is kept as a difference: git puts it together, into a temporary file; no process waits for a reader.

    Raises:
        Unavailable: when git cannot.
    """
    with ExitStack() as stack:
        word = TYPE_NAMES[kind].decode()
        done = stack.enter_context(running(repository, "cat-file", word, name))
        if done.code != 0:
            raise Unavailable(f"Git could not read object {name}: tell an admin of the Hub.")
        return ObjectStream(kind, size, _pieces(done.output), stack.pop_all().close)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(_CHUNK):
        yield piece


def _beginning(file: BinaryIO, kind: int, size: int, loose: bool) -> _Begun:
    """What unpacks an object from its beginning on, what it is given first, and how much is unpacked already."""
    inflate, raw = zlib.decompressobj(), file.read(_CHUNK)
    if not loose:
        return inflate, raw[object_head(raw)[2] :], 0
    head = len(TYPE_NAMES[kind] + b" %d\0" % size)
    out = inflate.decompress(raw, head)
    while len(out) < head:
        # Deflate gives at once what it has, but for very little of it.
        out += inflate.decompress(inflate.unconsumed_tail or file.read(_CHUNK), head - len(out))
    return inflate, inflate.unconsumed_tail, 0


def _resume(file: BinaryIO, found: Checkpoint) -> _Begun:
    """The same from a place in the middle on."""
    file.seek(found.place)
    return found.unpacking, b"", found.passed


def _inflate(
    file: BinaryIO,
    size: int,
    begin: Callable[[], _Begun],
    keep: Callable[[int, int, Unpacking], None] = lambda passed, place, unpacking: None,
) -> Iterator[bytes]:
    inflate, raw, got = begin()
    while not inflate.eof:
        out = inflate.decompress(raw, _CHUNK)
        if not out and not inflate.unconsumed_tail and not inflate.eof:
            keep(got, file.tell(), inflate)
            raw = file.read(_CHUNK)
            if not raw:
                break
            continue
        got += len(out)
        if out:
            yield out
        raw = inflate.unconsumed_tail
    if got != size:
        raise Unavailable("An object of the repository is damaged: restore it from a backup.")
