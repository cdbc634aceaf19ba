"""Packs: the form in which objects travel. Written without deltas, read with limits, verified in full.

Source: git's Documentation/gitformat-pack.txt, version 2.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from dulwich.object_format import DEFAULT_OBJECT_FORMAT
from dulwich.objects import RawObjectID
from dulwich.pack import pack_object_header

from hubshare.config import KIB, MIB, Limits
from hubshare.errors import BadPack, TooLarge
from hubshare.git.deflate import deflated
from hubshare.git.objects import BLOB, COMMIT, TREE, Object, start_id
from hubshare.git.pack_bytes import CHUNK, Cursor, InFile, InMemory, PackBytes, inflated, pieces
from hubshare.names import size as size_of
from hubshare.names import sizes

_HEADER = b"PACK\0\0\0\2"
#: A commit or tree larger than this is not one that HubShare writes.
MOST = {COMMIT: 64 * KIB, TREE: 64 * MIB}
#: Types of objects in packs that are written as a difference from another one, named by its place or by its id.
OFFSET_DELTA, ID_DELTA = 6, 7
#: An object's type and size take no more than this: of what is larger than any disk, the header is damaged.
_SIZE_BYTES = 10
#: Enough for an object's header, and for the tables of deflate before its first bytes.
_HEAD_BYTES = 1024


class PackWriter:
    """Writes objects one after the other; the count in the header is put right at the end.

    Args:
        file: opened for reading and writing, empty.

    Attributes:
        written: ids of the objects so far.
        unpacked: their size in bytes before compression.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.written: set[str] = set()
        self.unpacked = 0
        file.write(_HEADER + b"\0\0\0\0")

    def add(self, item: Object) -> str:
        """Write an object unless it is there; return its id."""
        name = item.id
        if name not in self.written:
            if len(item.data) <= 64 * KIB:
                self._file.write(self._head(item.type, len(item.data)) + zlib.compress(item.data))
                self._note(name, len(item.data))
            else:
                whole = memoryview(item.data)
                parts = (whole[at : at + CHUNK] for at in range(0, len(whole), CHUNK))
                self.add_pieces(item.type, len(whole), parts, name)
        return name

    def add_stream(self, source: BinaryIO, size: int, expected: str) -> str | None:
        """Write a blob of `size` bytes read from `source` piece by piece; return its id.

        Returns None, with nothing written, when these bytes are other ones than expected; more may follow them.

        Args:
            expected: the id of the blob.
        """
        if expected in self.written:
            return expected if _blob_id(source, size) == expected else None
        return expected if self.add_pieces(BLOB, size, _up_to(source, size), expected) else None

    def add_pieces(self, kind: int, size: int, parts: Iterable[bytes | memoryview], expected: str) -> bool:
        """Write an object that comes piece by piece, unless it is there; nothing of it is held.

        Args:
            kind: its type number.
            size: in bytes.
            parts: its content.
            expected: its id.

        Returns:
            False, with nothing written, when the content is another one.
        """
        return expected in self.written or self.add_unnamed(kind, size, parts, expected) == expected

    def add_unnamed(self, kind: int, size: int, parts: Iterable[bytes | memoryview], expected: str = "") -> str:
        """Write an object that comes piece by piece and whose id is not known before; nothing of it is held.

        Args:
            kind: its type number.
            size: in bytes.
            parts: its content.
            expected: the id that it is to have; "" for any.

        Returns:
            Its id; "" with nothing written, when the content is not so long, or another one than expected.
        """
        start, digest, got = self._file.tell(), start_id(kind, size), 0

        def looked_at() -> Iterator[bytes | memoryview]:
            nonlocal got
            for piece in parts:
                got += len(piece)
                digest.update(piece)
                yield piece

        self._file.write(self._head(kind, size))
        for packed in deflated(looked_at()):
            self._file.write(packed)
        name = digest.hexdigest()
        fine = got == size and expected in ("", name)
        if not fine or name in self.written:
            self._file.seek(start)
            self._file.truncate()
        else:
            self._note(name, size)
        return name if fine else ""

    def _note(self, name: str, size: int) -> None:
        self.written.add(name)
        self.unpacked += size

    def close(self) -> None:
        """Put the count into the header and the checksum at the end. The file stays open."""
        self._file.seek(8)
        self._file.write(len(self.written).to_bytes(4, "big"))
        self._file.seek(0)
        digest = hashlib.sha1(usedforsecurity=False)
        while piece := self._file.read(CHUNK):
            digest.update(piece)
        self._file.write(digest.digest())
        self._file.flush()

    @staticmethod
    def _head(kind: int, size: int) -> bytes:
        return bytes(pack_object_header(kind, None, size, DEFAULT_OBJECT_FORMAT))


def _up_to(source: BinaryIO, size: int) -> Iterator[bytes]:
    while size and (piece := source.read(min(CHUNK, size))):
        size -= len(piece)
        yield piece


def _blob_id(source: BinaryIO, size: int) -> str:
    digest = start_id(BLOB, size)
    for piece in _up_to(source, size):
        digest.update(piece)
    return digest.hexdigest()


class ObjectSpan(NamedTuple):
    """Where an object lies in a pack: type, unpacked size, offset of its header, of its data, of its end; CRC-32."""

    type: int
    size: int
    start: int
    data: int
    end: int
    crc: int


class Pack:
    """A pack that has been read from end to end: every size, checksum and id in it is known to be right.

    Args:
        source: the bytes of a small pack, or the path of a file.
        limits: what is accepted; None for a pack that the centre made of what it holds, which may be larger than any push.

    Raises:
        BadPack: when it is truncated, damaged, or holds deltas or tags.
        TooLarge: when it, or what it unpacks to, is over a limit; found before it is unpacked.
    """

    def __init__(self, source: bytes | Path, limits: Limits | None) -> None:
        self.limits = limits
        self.places: dict[str, ObjectSpan] = {}
        #: SHA-1 over the pack, 20 bytes.
        self.checksum = b""
        self._bytes: PackBytes = InFile(source) if isinstance(source, Path) else InMemory(source)
        try:
            self._scan()
        except BaseException:
            self.close()
            raise

    @property
    def size(self) -> int:
        """Of the pack, in bytes."""
        return self._bytes.size

    def raw(self) -> Iterator[bytes]:
        """All bytes of the pack, in pieces of at most 256 KiB."""
        return pieces(self._bytes, 0, self.size)

    def __contains__(self, name: str) -> bool:
        return name in self.places

    def __enter__(self) -> Pack:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the file go."""
        self._bytes.close()

    def read(self, name: str) -> Object:
        """An object's type and content."""
        place = self.places[name]
        return Object(place.type, b"".join(self.stream(name)))

    def stream(self, name: str) -> Iterator[bytes]:
        """An object's content in pieces of at most 256 KiB."""
        place = self.places[name]
        inflate = zlib.decompressobj()
        for piece in pieces(self._bytes, place.data, place.end):
            out = inflate.decompress(piece, CHUNK)
            while out:
                yield out
                out = inflate.decompress(inflate.unconsumed_tail, CHUNK)

    def _scan(self) -> None:
        total, limits = self.size, self.limits
        if not total and isinstance(self._bytes, InFile):
            raise BadPack("The pack is empty. Run the command again.")
        if limits is not None and total > limits.max_push_bytes:
            found, allowed = sizes(total, limits.max_push_bytes)
            raise TooLarge(f"The pack has {found}; at most {allowed} are accepted.")
        head, end = self._bytes.at(0, 12), total - 20
        if total < 32 or head[:8] != _HEADER:
            raise BadPack("This is not a pack, or it was cut short. Run the command again.")
        count = int.from_bytes(head[8:12], "big")
        if limits is not None and count > limits.max_push_objects:
            raise TooLarge(f"The pack holds {count:,} objects; at most {limits.max_push_objects:,} are accepted.")
        digest = hashlib.sha1(usedforsecurity=False)
        for piece in pieces(self._bytes, 0, end):
            digest.update(piece)
        self.checksum = self._bytes.at(end, total)
        if digest.digest() != self.checksum:
            raise BadPack("The pack's checksum does not match: it was damaged or cut short. Run the command again.")
        at, unpacked = Cursor(self._bytes, 12, end), 0
        for _ in range(count):
            start, at.crc = at.position, 0
            kind, size = self._object_header(at)
            unpacked += size
            if limits is not None and unpacked > limits.max_push_bytes:
                raise TooLarge(f"The pack unpacks to more than {size_of(limits.max_push_bytes)}.")
            data = at.position
            name = _inflate(at, kind, size)
            if name in self.places:
                raise BadPack(f"The pack holds object {name} twice.")
            self.places[name] = ObjectSpan(kind, size, start, data, at.position, at.crc)
        if at.position != end:
            raise BadPack("The pack holds bytes behind its last object.")

    def _object_header(self, at: Cursor) -> tuple[int, int]:
        raw = at.peek(_SIZE_BYTES)
        if not raw:
            raise BadPack("The pack ends before its last object.")
        try:
            kind, size, length = object_head(raw)
        except IndexError:
            raise BadPack("The pack holds a damaged object header.") from None
        at.pass_over(raw[:length])
        if kind not in (COMMIT, TREE, BLOB):
            raise BadPack(f"The pack holds an object of type {kind}; only whole commits, trees and blobs are accepted.")
        most = MOST.get(kind, self.limits.max_file_bytes if self.limits is not None else None)
        if most is not None and size > most:
            found, allowed = sizes(size, most)
            raise TooLarge(f"The pack holds an object of {found}; at most {allowed} are accepted.")
        return kind, size


def _inflate(at: Cursor, kind: int, size: int) -> str:
    """Unpack one object, never more than its declared size and one byte; return its id, and go on to where it ends."""
    digest = start_id(kind, size)
    for piece in inflated(at, size):
        digest.update(piece)
    return digest.hexdigest()


def object_head(raw: bytes) -> tuple[int, int, int]:
    """Type number, size, and where the data begins, from the first bytes of an object in a pack that is known to be sound."""
    size, shift, at = raw[0] & 15, 4, 0
    while raw[at] & 0x80:
        at += 1
        size |= (raw[at] & 0x7F) << shift
        shift += 7
    return (raw[0] >> 4) & 7, size, at + 1


class Measured(NamedTuple):
    """What is known of an object without unpacking it.

    Attributes:
        type: its number.
        size: unpacked, in bytes.
        largest: size of the largest object that has to be unpacked to have this one: what a difference builds on may be larger.
        whole: whether it is no difference.
    """

    type: int
    size: int
    largest: int
    whole: bool


def measure(file: BinaryIO, offset: int, place_of: Callable[[RawObjectID], int]) -> Measured:
    """Type and unpacked size of an object in a sound pack, without unpacking it; through deltas as well.

    Args:
        file: the pack.
        offset: where the object begins.
        place_of: gives the offset of an object by its raw id; a delta may name the object that it builds on like this.
    """
    result: int | None = None
    largest = 0
    while True:
        file.seek(offset)
        raw = file.read(_HEAD_BYTES)
        kind, size, at = object_head(raw)
        if kind == OFFSET_DELTA:
            back, at = back_offset(raw, at)
            offset -= back
        elif kind == ID_DELTA:
            offset, at = place_of(RawObjectID(raw[at : at + 20])), at + 20
        else:
            return Measured(kind, size if result is None else result, max(largest, size), result is None)
        # A delta begins with the sizes of what it builds on and of what it makes.
        start = zlib.decompressobj().decompress(raw[at:], 20)
        base, at = varint(start, 0)
        made, _ = varint(start, at)
        result, largest = made if result is None else result, max(largest, base, made)


def back_offset(raw: bytes, at: int) -> tuple[int, int]:
    """How far before a difference lies what it builds on, and where that number ends."""
    back = raw[at] & 0x7F
    while raw[at] & 0x80:
        at += 1
        back = ((back + 1) << 7) | (raw[at] & 0x7F)
    return back, at + 1


def varint(raw: bytes, at: int) -> tuple[int, int]:
    """A size at the beginning of a difference, and where it ends."""
    value = shift = 0
    while True:
        value |= (raw[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if not raw[at - 1] & 0x80:
            return value, at


def pack_of(items: list[Object]) -> bytes:
    """A small pack in memory."""
    buffer = io.BytesIO()
    writer = PackWriter(buffer)
    for item in items:
        writer.add(item)
    writer.close()
    return buffer.getvalue()
