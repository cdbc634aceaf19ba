"""What the file system of a checkout's folder can do: found out by trying it, not by its name."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hubshare_agents.checkout.disk import Disk
from hubshare_agents.checkout.open_files import is_written
from hubshare_agents.checkout.renames import can_exchange, can_link, can_refuse
from hubshare_agents.checkout.temporary import temporary_name

#: File systems on which others change files without this machine being told (statfs(2), f_type). This cannot be tried by one
#: machine alone: NFS, SMB (three kinds), FUSE, Ceph, AFS, 9P, Lustre, GPFS, BeeGFS, VirtualBox.
_SHARED = frozenset(
    (
        *(0x6969, 0x517B, 0xFF534D42, 0xFE534D42, 0x65735546, 0x00C36400),
        *(0x5346414F, 0x01021997, 0x0BD00BD0, 0x47504653, 0x19830326, 0x786F4256),
    )
)


@dataclass(frozen=True, slots=True)
class FileSystem:
    """What a file system can do.

    Attributes:
        device: which one it is, on this machine for now.
        exchanges: it exchanges two names in one step.
        claims: it gives a file a name only if that is free, in one step.
        leases: it says whether a file is open for writing.
        shared: other machines may change files on it, and nobody is told.
    """

    device: int
    exchanges: bool = True
    claims: bool = True
    leases: bool = True
    shared: bool = False

    def remarks(self, rescan_seconds: float) -> list[str]:
        """What follows from it, in words.

        Args:
            rescan_seconds: how often the whole folder is looked at.
        """
        found = []
        if not self.exchanges:
            found.append(
                "The file system of this folder cannot exchange two files in one step: while an update is put in place, "
                "nothing lies at a file's name for a moment."
            )
        if not self.claims:
            found.append(
                "It cannot refuse a name that is taken either: do not create files in it that an update is about to bring."
            )
        if not self.leases:
            found.append(
                "The file system of this folder does not say which files are open: what an update replaces is kept for a while."
            )
        if self.shared:
            found.append(
                "The file system of this folder does not tell of changes that other machines make: they are found by a full "
                f"look, every {rescan_seconds:.0f} s while the checkout syncs by itself."
            )
        return found


def probe(root: Path) -> FileSystem | None:
    """Find out what the file system of a folder can do; None when that cannot be tried now.

    Files with names of our own are made in the folder for a moment.
    """
    names = [temporary_name() for _ in range(3)]
    try:
        with Disk(root).folder("") as folder:
            try:
                return _try(folder, *names)
            finally:
                for name in names:
                    with suppress(OSError):
                        os.unlink(name, dir_fd=folder)
    except OSError:
        return None


def _try(folder: int, first: str, second: str, free: str) -> FileSystem:
    for name in (first, second):
        os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder))
    exchanges = can_exchange(folder, first, second)
    claims = can_link(folder, first, free)
    if claims:
        os.unlink(free, dir_fd=folder)
    handle = os.open(first, os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder)
    try:
        leases = is_written(handle) is not None
    finally:
        os.close(handle)
    return FileSystem(
        device=os.fstat(folder).st_dev,
        exchanges=exchanges,
        claims=can_refuse(folder, first, free) or claims,
        leases=leases,
        shared=_kind(folder) in _SHARED,
    )


def _kind(folder: int) -> int:
    """The kind of a file system (statfs(2)): the first field, a word."""
    buffer = ctypes.create_string_buffer(256)
    if ctypes.CDLL(None).fstatfs(folder, buffer) != 0:
        return 0
    return ctypes.c_ulong.from_buffer(buffer).value & 0xFFFFFFFF
