"""A lock that saves work and guards nothing: who publishes next waits here instead of merging twice.

What keeps two from publishing at once is the database. So a file system on which locks do not reach other hosts, or that has
none at all, costs time and no data; and the wait for somebody who stands still is bounded.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hubshare.errors import Unavailable

#: Longest wait, in seconds. Then the job goes back to the queue.
LONGEST_WAIT = 10.0
#: What is said of a project whose lock, or whose turn, was not to be had.
BUSY = "is busy: it is tried again in a moment."
#: Pauses between two looks, in seconds: the first one, and the longest.
_SOONEST, _LATEST = 0.001, 0.004


@contextmanager
def locked(path: Path, seconds: float | None = None) -> Iterator[None]:
    """Hold a lock. The kernel frees it on any death.

    There is a second one for who is next in line, which lies beside it. Without it, a process that has just let go has the lock
    again before any other looks, and these starve.

    Args:
        path: of its file, which is made if it is missing and stays.
        seconds: how long to wait for it; `LONGEST_WAIT` if not given.

    Raises:
        Unavailable: when it was not to be had in time.
    """
    end = time.monotonic() + (LONGEST_WAIT if seconds is None else seconds)
    with _open(path) as handle:
        with _open(path.with_name(f"{path.name}.next")) as next_in_line:
            _wait(next_in_line, path, end)
            _wait(handle, path, end)
        yield


@contextmanager
def _open(path: Path) -> Iterator[int]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)


def _wait(handle: int, path: Path, end: float) -> None:
    pause = _SOONEST
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError as error:
            if error.errno in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP):
                return
            if error.errno not in (errno.EWOULDBLOCK, errno.EINTR):
                raise
        if time.monotonic() >= end:
            raise Unavailable(f"{path.parent.name} {BUSY}")
        time.sleep(pause)
        pause = min(2 * pause, _LATEST)
