"""Tar files, plain or compressed, read as a stream: neither a header nor a bomb takes more memory than is meant for it.

Source: Python's `tarfile` reads the headers; POSIX.1-2017, pax; RFC 1952; the formats of bzip2 and xz.
"""

from __future__ import annotations

import bz2
import io
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol

from hubshare.config import KIB, MIB
from hubshare.errors import Invalid, TooLarge
from hubshare.sync.trees import EXECUTABLE, FILE, LINK
from hubshare_workers.fetch.archive_entry import ArchiveEntry
from hubshare_workers.fetch.budget import Budget

_CHUNK = 64 * KIB
#: What the headers of one entry may take, in bytes.
_HEADERS = MIB
#: What unpacks to so many times its size is made to harm, from so many bytes on.
_RATIO, _HARMLESS = 1000, 64 * MIB
#: xz takes 65 MiB at its highest level.
_XZ_MEMORY = 80 * MIB
_GZIP, _BZIP2, _XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0"
_DAMAGED = "The archive is damaged, or was cut short: try again."


def is_tar(head: bytes) -> bool:
    """Return whether a file is a tar, or compressed as one may be.

    Args:
        head: its first 512 bytes.
    """
    return head.startswith((_GZIP, _BZIP2, _XZ)) or head[257:262] == b"ustar" or _old(head)


def _old(head: bytes) -> bool:
    """Whether this is the header of a tar from before there was a mark for it: its checksum is right."""
    try:
        return len(head) == 512 and any(head) and tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape") is not None
    except tarfile.TarError:
        return False


class TarReader:
    """A tar that lies in a file.

    Args:
        file: at its beginning.
        most: bytes that it may unpack to, headers and all.
    """

    def __init__(self, file: BinaryIO, budget: Budget, most: int) -> None:
        self._source = _Forward(_inflated(file, budget, most))
        self._current: tarfile.TarInfo | None = None

    def entries(self) -> Iterator[ArchiveEntry]:
        """What is in it, but for folders."""
        try:
            with tarfile.TarFile(fileobj=self._source, mode="r", errors="surrogateescape") as archive:
                while (info := self._next(archive)) is not None:
                    # It would keep all of them, and what is said of all of them.
                    archive.members, archive.pax_headers = [], {}  # type: ignore[attr-defined]
                    self._current = info
                    if not info.isdir():
                        yield _entry(info)
                if any(self._source.last) or len(self._source.last) not in (0, tarfile.BLOCKSIZE):
                    # What it takes for the end is a damaged header.
                    raise Invalid(_DAMAGED)
                # Only the end of what is compressed says whether all of it is right.
                self._source.drain()
        except (tarfile.TarError, RecursionError, ValueError, OverflowError, EOFError):
            raise Invalid(_DAMAGED) from None

    def _next(self, archive: tarfile.TarFile) -> tarfile.TarInfo | None:
        self._source.headers = 0
        return archive.next()

    def content(self) -> Iterator[bytes]:
        """The content of the entry that came last."""
        info = self._current
        assert info is not None
        self._source.seek(info.offset_data)
        left = info.size
        while left:
            self._source.headers = 0
            piece = self._source.read(min(_CHUNK, left))
            if not piece:
                raise Invalid(_DAMAGED)
            left -= len(piece)
            yield piece


def _entry(info: tarfile.TarInfo) -> ArchiveEntry:
    name = info.name
    while name.startswith("./"):
        name = name[2:]
    if info.issym():
        return ArchiveEntry(name, LINK, 0, target=info.linkname, fault=_not_text(info.linkname))
    if info.islnk():
        return ArchiveEntry(name, FILE, 0, same_as=info.linkname.removeprefix("./"))
    if info.issparse():
        return ArchiveEntry(name, FILE, 0, fault="it is written with holes, which is not read here")
    if not info.isfile():
        return ArchiveEntry(name, FILE, 0, fault="it is neither a file nor a link")
    return ArchiveEntry(name, EXECUTABLE if info.mode & 0o100 else FILE, info.size)


def _not_text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return "the link's target is not UTF-8"
    return ""


class _Forward(io.RawIOBase):
    """A stream that goes forward alone, and gives no more at once than a header may take."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest, self._at = pieces, b"", 0
        #: What was read last.
        self.last = b""
        #: Bytes that were read since this was set to 0.
        self.headers = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        size = -1 if size is None else size
        self.headers += max(size, 0)
        if size < 0 or self.headers > _HEADERS:
            raise TooLarge("The archive says more of one of its files than is read.")
        parts = list[bytes]()
        while size > 0:
            piece = self._some(size)
            if not piece:
                break
            parts.append(piece)
            size -= len(piece)
        self.last = b"".join(parts)
        return self.last

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET or offset < self._at:
            raise Invalid(_DAMAGED)
        while self._at < offset and self._some(offset - self._at):
            pass
        return self._at

    def drain(self) -> None:
        """Read what is left, and forget it."""
        while self._some(_CHUNK):
            pass

    def _some(self, most: int) -> bytes:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = piece
        given, self._rest = self._rest[:most], self._rest[most:]
        self._at += len(given)
        return given


class _Decompressor(Protocol):
    """What bz2 and lzma have; zlib differs."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


def _inflated(file: BinaryIO, budget: Budget, most: int) -> Iterator[bytes]:
    """The tar inside, in pieces of at most 64 KiB."""
    head = file.read(6)
    file.seek(0)
    got = 0
    for piece in _raw(file, head):
        got += len(piece)
        budget.check()
        if got > most or (got > _HARMLESS and got > _RATIO * file.tell()):
            raise TooLarge("The archive unpacks to far more than it is itself: nothing of it is taken.")
        yield piece


def _raw(file: BinaryIO, head: bytes) -> Iterator[bytes]:
    try:
        if head.startswith(_GZIP):
            yield from _gunzipped(file)
        elif head.startswith(_BZIP2):
            yield from _decompressed(file, bz2.BZ2Decompressor)
        elif head.startswith(_XZ):
            yield from _decompressed(file, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, _XZ_MEMORY))
        else:
            while piece := file.read(_CHUNK):
                yield piece
    except (zlib.error, lzma.LZMAError, OSError, EOFError):
        raise Invalid(_DAMAGED) from None


def _gunzipped(file: BinaryIO) -> Iterator[bytes]:
    inflate, raw = zlib.decompressobj(31), file.read(_CHUNK)
    while True:
        piece = inflate.decompress(raw, _CHUNK)
        raw = inflate.unconsumed_tail
        if piece:
            yield piece
        if inflate.eof:
            raw = inflate.unused_data or file.read(_CHUNK)
            if not raw.startswith(_GZIP[:1]):
                # The end, or zeros behind it, as on a tape.
                return
            inflate = zlib.decompressobj(31)
        elif not raw and len(piece) < _CHUNK:
            raw = file.read(_CHUNK)
            if not raw:
                raise EOFError


def _decompressed(file: BinaryIO, begin: Callable[[], _Decompressor]) -> Iterator[bytes]:
    inflate, raw = begin(), b""
    while True:
        if inflate.eof:
            raw = inflate.unused_data or file.read(_CHUNK)
            if not raw.strip(b"\0"):
                return
            # One stream may follow another.
            inflate = begin()
        elif inflate.needs_input:
            raw = file.read(_CHUNK)
            if not raw:
                raise EOFError
        piece = inflate.decompress(raw, _CHUNK)
        raw = b""
        if piece:
            yield piece
