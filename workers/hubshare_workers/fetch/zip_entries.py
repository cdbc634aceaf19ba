"""The files of a zip, one after the other; one that cannot be read does not keep the others out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from hubshare.config import Limits
from hubshare.errors import HubShareError, Invalid, TooLarge
from hubshare.sync.trees import FILE, LINK
from hubshare_workers.fetch.archive_entry import ArchiveEntry
from hubshare_workers.fetch.left_out import LINK_BYTES
from hubshare_workers.uploads.zip_file import ANY, Member, ZipReader


class ZipEntries:
    """A zip that lies in a file.

    Raises:
        Invalid, TooLarge: when it is no zip, or names too much.
    """

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        self._reader, self._limits = ZipReader(file, limits), limits
        self._current: Member | None = None

    def entries(self) -> Iterator[ArchiveEntry]:
        """What is in it, but for folders."""
        files = [member for member in self._reader.members if not member.folder]
        faults = {member: self._fault(member) for member in files}
        readable = [member for member in files if not faults[member]]
        # All of them together: what lies on top of something else is a trick, and so is too much.
        self._reader.check(readable)
        for member in files:
            self._current = member
            mode = FILE if member.mode == ANY else max(member.mode, 0)
            if faults[member]:
                yield ArchiveEntry(member.name, mode or FILE, 0, fault=faults[member])
            elif mode == LINK:
                yield self._link(member)
            else:
                yield ArchiveEntry(member.name, mode, member.size)

    def content(self) -> Iterator[bytes]:
        """The content of the entry that came last."""
        assert self._current is not None
        return self._reader.pieces(self._current)

    def _link(self, member: Member) -> ArchiveEntry:
        if member.size > LINK_BYTES:
            return ArchiveEntry(member.name, LINK, member.size)
        try:
            return ArchiveEntry(member.name, LINK, member.size, b"".join(self._reader.pieces(member)).decode())
        except UnicodeDecodeError:
            return ArchiveEntry(member.name, LINK, member.size, fault="the link's target is not UTF-8")

    def _fault(self, member: Member) -> str:
        """Why a member is not read, or ""."""
        try:
            self._reader.check([member])
        except (Invalid, TooLarge) as error:
            return _reason(error)
        return ""


def _reason(error: HubShareError) -> str:
    """What is wrong with it, without its name, which is said already, and without the advice to whoever made it."""
    said = error.message.partition("' ")[2] or error.message
    return said.partition(": ")[0].removeprefix("in the zip ")
