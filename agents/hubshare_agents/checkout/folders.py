"""Descriptors of folders, reached from a top folder by folder, never through a symbolic link."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


@contextmanager
def descend(top: Path, path: str, make: bool = False) -> Iterator[int]:
    """A descriptor of a folder below a top folder ("" for that one itself).

    Args:
        make: whether folders are made that are not there.

    Raises:
        FileNotFoundError, NotADirectoryError: when it is not a real folder.
    """
    handle = os.open(top, _FLAGS)
    try:
        for name in path.split("/") if path else ():
            inner = _open(handle, name, make)
            os.close(handle)
            handle = inner
        yield handle
    finally:
        os.close(handle)


def _open(folder: int, name: str, make: bool) -> int:
    try:
        return os.open(name, _FLAGS | os.O_NOFOLLOW, dir_fd=folder)
    except FileNotFoundError:
        if not make:
            raise
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), name) from None
        raise
    with suppress(FileExistsError):
        os.mkdir(name, dir_fd=folder)
    return _open(folder, name, make=False)
