"""Flushing to disk: what another write relies on is there for sure before that one is made."""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable
from pathlib import Path

#: How file systems say that they cannot flush a file or a folder by itself; there is nothing better to be done then.
_CANNOT = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EBADF)
_syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)


def flush_content(handle: int) -> None:
    """Flush a file's content.

    Raises:
        OSError: when it is perhaps not on disk.
    """
    _flush(os.fdatasync, handle)


def flush_folder(handle: int) -> None:
    """Flush the names in a folder: what was created, renamed or deleted in it.

    Raises:
        OSError: when it is perhaps not on disk.
    """
    _flush(os.fsync, handle)


def flush_folder_at(path: Path) -> None:
    """Flush the names in the folder at a path."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        flush_folder(handle)
    finally:
        os.close(handle)


def flush_file_system(handle: int) -> None:
    """Flush everything on the file system that a folder lies on, for many files at once.

    Raises:
        OSError: when it is perhaps not on disk.
    """
    if _syncfs is None:
        os.sync()
    elif _syncfs(handle) != 0:
        code = ctypes.get_errno()
        if code not in _CANNOT:
            raise OSError(code, os.strerror(code))
        os.sync()


def _flush(call: Callable[[int], None], handle: int) -> None:
    try:
        call(handle)
    except OSError as error:
        if error.errno not in _CANNOT:
            raise
