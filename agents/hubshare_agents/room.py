"""Room on a disk: what an update would fill up is not begun, and whatever of it is small goes on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from hubshare.config import MIB
from hubshare.errors import DiskFull

#: What an update leaves free, in bytes, and at most this part of the disk; and how much may always be tried.
_RESERVE, _RESERVE_PART, _ALWAYS = 64 * MIB, 20, MIB


class Replaced(NamedTuple):
    """The sizes of a file that is replaced, in bytes: of what lies there now, 0 for nothing, and of what is to lie there."""

    old: int
    new: int

    @property
    def growth(self) -> int:
        """How much less is free afterwards."""
        return self.new - self.old


class Room(NamedTuple):
    """What is free on a disk, and what of that stays free, in bytes."""

    free: int
    reserve: int

    @classmethod
    def at(cls, folder: int | Path) -> Room:
        """What there is on the disk of a folder; a user's own share, where the file system tells that.

        Args:
            folder: a path or a descriptor.
        """
        found = os.statvfs(folder)
        return cls(found.f_bavail * found.f_frsize, min(_RESERVE, found.f_blocks * found.f_frsize // _RESERVE_PART))

    def holds(self, growth: int, beside: int) -> bool:
        """Whether files may grow by so much.

        Args:
            beside: what lies beside its place for a moment.
        """
        return max(growth, 0) + beside <= max(self.free - self.reserve, min(self.free // 2, _ALWAYS))

    def fitting(self, files: Mapping[str, Replaced]) -> set[str]:
        """Which files may be replaced: all of them if there is room, else those that take least.

        Args:
            files: path to sizes.
        """
        chosen, growth, beside = set[str](), 0, 0
        for path, sizes in sorted(files.items(), key=lambda item: (item[1].growth, item[1].new, item[0])):
            # It is written before what it replaces goes.
            grown, most = growth + sizes.growth, max(beside, min(sizes))
            if self.holds(grown, most):
                chosen.add(path)
                growth, beside = grown, most
        return chosen

    def too_little(self, needed: int, done: str) -> str:
        """Return why something was not begun and what to do, in words.

        Args:
            needed: bytes that it takes.
            done: what became of the rest, in words.
        """
        return (
            f"The disk is full but for {_mib(self.free)}: the update takes {_mib(needed)} more, and {_mib(self.reserve)} "
            f"stay free. {done}Free some space and run `hubshare pull`."
        )


def check_download(folder: Path, size: int) -> None:
    """Check that there is room for a file that is about to be fetched.

    Raises:
        DiskFull: when there is not.
    """
    room = Room.at(folder)
    if not room.holds(size, 0):
        raise DiskFull(room.too_little(size, "Nothing was fetched, and nothing is lost. "))


def _mib(size: int) -> str:
    return f"{size / MIB:,.1f} MiB"
