"""Writing a version beside the place that it is for, before it is put there."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress

from hubshare.sync.trees import EXECUTABLE, LINK, Entry
from hubshare_agents.checkout.flushing import flush_content
from hubshare_agents.checkout.renames import REFUSALS


def write_prepared(
    folder: int, temporary: str, name: str, entry: Entry, content: Iterable[bytes], flush: bool
) -> os.stat_result:
    """Write a version under another name in the folder that it is for; return what it is then.

    Args:
        folder: a descriptor.
        temporary: the name to write to.
        name: the one that it is for; of a file that is there the permissions are taken over.
        flush: whether to flush it to disk.

    Raises:
        OSError: such as a full disk; what was written so far is left to the caller.
    """
    if entry.mode == LINK:
        os.symlink(b"".join(content), temporary, dir_fd=folder)
        return os.stat(temporary, dir_fd=folder, follow_symlinks=False)
    mode = 0o777 if entry.mode == EXECUTABLE else 0o666
    handle = os.open(
        temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode, dir_fd=folder
    )
    try:
        for piece in content:
            view = memoryview(piece)
            while view:
                view = view[os.write(handle, view) :]
        with suppress(FileNotFoundError):
            old = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISREG(old.st_mode):
                _set_permissions(handle, _permissions(old.st_mode, entry.mode))
        if flush:
            flush_content(handle)
        return os.fstat(handle)
    finally:
        os.close(handle)


def _set_permissions(handle: int, mode: int) -> None:
    """Set permissions, where the file system has any."""
    try:
        os.fchmod(handle, mode)
    except OSError as error:
        if error.errno not in REFUSALS:
            raise


def _permissions(old: int, mode: int) -> int:
    plain = stat.S_IMODE(old) & ~0o111
    return plain | (plain & 0o444) >> 2 if mode == EXECUTABLE else plain
