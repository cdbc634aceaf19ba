"""A zip that somebody has sent: nothing in it is inflated before all that it says of itself has been looked at.

Source: PKWARE's APPNOTE.TXT 6.3. What Python's `zipfile` reads of it is the directory alone.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

from hubshare.config import KIB, MIB, Limits
from hubshare.errors import HubShareError, Invalid, TooLarge
from hubshare.names import quoted, sizes
from hubshare.sync.trees import EXECUTABLE, FILE, LINK

#: Most files and folders in a zip, and most bytes of the directory in which it names them: both are held in memory.
MOST_MEMBERS, MOST_DIRECTORY = 20_000, 8 * MIB
#: Mode of a member that says nothing of it: what is there keeps its own.
ANY = 0

_CHUNK = 256 * KIB
#: Deflate makes no byte more than so many out of one, but for the last few.
_RATIO, _SLACK = 1032, 64
#: The header in front of a member's data, of a fixed size but for the name and what follows that.
_LOCAL = struct.Struct("<4s5H3I2H")
_ENCRYPTED, _UTF8 = 0x2041, 0x800
#: Systems on which a backslash divides the parts of a name.
_BACKSLASHES = {0, 6, 10, 11, 14}
_UNIX = {3, 19}
_METHODS = {1: "shrink", 6: "implode", 9: "deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "xz", 98: "PPMd"}
_AGAIN = "make it anew, with the usual compression and without a password"


class Member(NamedTuple):
    """A file in a zip.

    Attributes:
        name: as the zip has it, parts divided by `/`.
        folder: whether it is no file but a folder.
        mode: of git; `ANY` where the zip does not say, -1 for what is neither file nor link.
        size, packed: in bytes, as the zip says.
        method: of its compression.
        flags: as the zip has them.
        crc: of the content.
        place: where its header begins.
        raw: the name's bytes.
    """

    name: str
    folder: bool
    mode: int
    size: int
    packed: int
    method: int
    flags: int
    crc: int
    place: int
    raw: bytes


class ZipReader:
    """A zip that lies in a file.

    Args:
        file: where it can be sought in; it stays open.
        limits: for what is in it.

    Attributes:
        members: what is in it, as it says.

    Raises:
        Invalid: when it is no zip, or a damaged one.
        TooLarge: when it names too much.
    """

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        self._file, self._limits = file, limits
        try:
            with zipfile.ZipFile(_Bounded(file)) as found:
                self._end = found.start_dir
                self.members = [_member(info) for info in found.infolist()]
        except HubShareError:
            raise
        except UnicodeDecodeError:
            raise Invalid(f"A name in the zip is not the text that it says it is: {_AGAIN}.") from None
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, OSError, struct.error, EOFError):
            raise Invalid("This is not a zip, or it was damaged or cut short: make it anew.") from None
        if len(self.members) > MOST_MEMBERS:
            raise TooLarge(
                f"The zip holds {len(self.members):,} files and folders; at most {MOST_MEMBERS:,} are accepted: "
                "upload it in parts."
            )
        self._data: dict[Member, int] = {}

    def check(self, members: Iterable[Member]) -> None:
        """Look at what the zip says of the members that are to be read.

        Raises:
            Invalid, TooLarge: naming the one that is not read, and why.
        """
        total, wanted = 0, sorted(members, key=lambda member: member.place)
        for member in wanted:
            _check_kind(member)
            _check_size(member, self._limits.max_file_bytes)
            total += member.size
        most = self._limits.max_push_bytes
        if total > most:
            found, allowed = sizes(total, most)
            raise TooLarge(f"The files have {found} unpacked; at most {allowed} are accepted: upload them in parts.")
        end = 0
        for member in wanted:
            data = self._find(member) if member.place >= end else 0
            if not data or data + member.packed > self._end:
                raise Invalid(f"The zip has {quoted(member.name)} lie on top of something else: make it anew.")
            end = data + member.packed
            self._data[member] = data

    def pieces(self, member: Member) -> Iterator[bytes]:
        """The content of a member that has been checked, in pieces of at most 256 KiB; never more than it says.

        Raises:
            Invalid: when it is another one than the zip says.
        """
        fault = Invalid(f"{quoted(member.name)} is damaged in the zip: make it anew.")
        inflate = zlib.decompressobj(-zlib.MAX_WBITS) if member.method == zipfile.ZIP_DEFLATED else None
        at, left, size, crc = self._data[member], member.packed, 0, 0
        pending = b""
        while True:
            if not pending and left:
                self._file.seek(at)
                pending = self._file.read(min(_CHUNK, left))
                if not pending:
                    raise fault
                at, left = at + len(pending), left - len(pending)
            try:
                # One byte more than it says is enough to know.
                piece = inflate.decompress(pending, min(_CHUNK, member.size - size + 1)) if inflate else pending
            except zlib.error:
                raise fault from None
            pending = inflate.unconsumed_tail if inflate else b""
            size, crc = size + len(piece), zlib.crc32(piece, crc)
            if size > member.size or (inflate and inflate.unused_data):
                raise fault
            if piece:
                yield piece
            if not pending and not left and (not piece or not inflate):
                break
        if size != member.size or crc != member.crc or (inflate and not inflate.eof):
            raise fault

    def _find(self, member: Member) -> int:
        """Where the data of a member begins.

        Raises:
            Invalid: when the header in front of it is of something else.
        """
        self._file.seek(member.place)
        head = self._file.read(_LOCAL.size)
        if len(head) == _LOCAL.size:
            mark, _, flags, method, *_, name, extra = _LOCAL.unpack(head)
            same = mark == b"PK\3\4" and method == member.method and not flags & _ENCRYPTED
            if same and self._file.read(name) == member.raw:
                return member.place + _LOCAL.size + int(name) + int(extra)
        raise Invalid(f"The zip says two things of {quoted(member.name)}: make it anew.")


class _Bounded:
    """A file of which no more is read at once than a directory may have."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, most: int = -1) -> bytes:
        found = self._file.read(min(most, MOST_DIRECTORY + 1) if most >= 0 else MOST_DIRECTORY + 1)
        if len(found) > MOST_DIRECTORY:
            raise TooLarge(f"The zip names more files than are accepted ({MOST_MEMBERS:,}): upload it in parts.")
        return found

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(place, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True


def _member(info: zipfile.ZipInfo) -> Member:
    utf8 = bool(info.flag_bits & _UTF8)
    raw = info.orig_filename.encode("utf-8" if utf8 else "cp437")
    name = info.orig_filename if utf8 else _plain(raw)
    system = info.create_system
    if system in _BACKSLASHES:
        name = name.replace("\\", "/")
    while name.startswith("./"):
        name = name[2:]
    folder = name.endswith("/") or not name
    return Member(
        name.rstrip("/"),
        folder,
        FILE if folder else _mode(info),
        info.file_size,
        info.compress_size,
        info.compress_type,
        info.flag_bits,
        info.CRC,
        info.header_offset,
        raw,
    )


def _plain(raw: bytes) -> str:
    """A name of which the zip does not say how it is written: Macs write UTF-8 without saying so, others what DOS had."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp437")


def _mode(info: zipfile.ZipInfo) -> int:
    mode = info.external_attr >> 16 if info.create_system in _UNIX else 0
    kind = stat.S_IFMT(mode)
    if kind == stat.S_IFLNK:
        return LINK
    if kind not in (0, stat.S_IFREG):
        return -1
    if mode & stat.S_IXUSR:
        return EXECUTABLE
    # Programs that note no kind know no modes either.
    return FILE if kind else ANY


def _check_kind(member: Member) -> None:
    name = quoted(member.name)
    if member.flags & _ENCRYPTED:
        raise Invalid(f"{name} in the zip needs a password: {_AGAIN}.")
    if member.method not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        how = _METHODS.get(member.method, f"number {member.method}")
        raise Invalid(f"{name} in the zip is compressed in a way that is not read here ({how}): {_AGAIN}.")
    if member.mode == -1:
        raise Invalid(f"{name} in the zip is neither a file nor a link: make the zip without it.")
    if re.match("[A-Za-z]:", member.name):
        raise Invalid(f"{name} in the zip begins with a drive: make the zip of a folder, not of a whole disk.")


def _check_size(member: Member, most: int) -> None:
    if member.size > most:
        found, allowed = sizes(member.size, most)
        raise TooLarge(
            f"{quoted(member.name)} has {found}; at most {allowed} are accepted: leave it out, or make it smaller."
        )
    stored = member.method == zipfile.ZIP_STORED
    if (stored and member.size != member.packed) or member.size > _RATIO * member.packed + _SLACK:
        raise Invalid(f"The zip says of {quoted(member.name)} what cannot be: make it anew.")
