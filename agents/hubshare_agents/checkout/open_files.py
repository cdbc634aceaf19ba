"""Whether a file is open for writing: asked of the kernel by a lease, and where a file system has none, of /proc."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

#: Device to whether a refused lease tells anything there.
_leases_tell: dict[int, bool] = {}

#: A file on one machine: device and inode.
FileId = tuple[int, int]


def file_id(found: os.stat_result) -> FileId:
    """What tells a file from all others, whatever its name."""
    return found.st_dev, found.st_ino


def is_written(handle: int) -> bool | None:
    """Return whether any process has a file open for writing, or mapped to write to it; None where that cannot be asked.

    A read lease is granted only on a file that nobody has open for writing (fcntl(2), F_SETLEASE). It is given back at once.

    Args:
        handle: a descriptor of the file that is open for reading only.
    """
    try:
        # Whoever opens the file in between would have us killed by SIGIO; SIGURG is ignored unless asked for.
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        # Others' files (EACCES), and file systems without leases (EINVAL and more).
        return True if error.errno == errno.EAGAIN and _refusal_tells(handle) else None
    # The lease that somebody waits to have broken, to write, says so.
    waiting = fcntl.fcntl(handle, fcntl.F_GETLEASE) != fcntl.F_RDLCK
    with suppress(OSError):
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return waiting


def _refusal_tells(handle: int) -> bool:
    """Return whether a refused lease means that somebody has the file open, which is so where a new file is granted one.

    Network file systems refuse it also while their server has not promised them the file.
    """
    device = os.fstat(handle).st_dev
    if device not in _leases_tell:
        _leases_tell[device] = _granted_on_new_file(Path(f"/proc/self/fd/{handle}").readlink().parent)
    return _leases_tell[device]


def _granted_on_new_file(folder: Path) -> bool:
    try:
        # Without a name, so that nobody sees it.
        made = os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            handle = os.open(f"/proc/self/fd/{made}", os.O_RDONLY | os.O_CLOEXEC)
        finally:
            os.close(made)
        try:
            fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        finally:
            os.close(handle)
    except OSError:
        return False
    return True


def written_files() -> tuple[set[FileId], bool]:
    """Return the files that processes of this machine have open for writing, or mapped, as far as /proc shows them.

    Returns:
        The files, and whether all processes of this user could be looked at.
    """
    found: set[FileId] = set()
    complete = True
    try:
        processes = [
            path for path in Path("/proc").iterdir() if path.name.isdecimal() and int(path.name) != os.getpid()
        ]
    except OSError:
        return found, False
    for process in processes:
        try:
            if process.stat().st_uid == os.geteuid():
                found.update(_opened(process))
                found.update(_mapped(process))
        except (FileNotFoundError, ProcessLookupError):
            continue
        except OSError:
            complete = False
    return found, complete


def _opened(process: Path) -> Iterator[FileId]:
    for handle in (process / "fd").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):
            opened = handle.stat()
            if stat.S_ISREG(opened.st_mode) and _may_write(process / "fdinfo" / handle.name):
                yield file_id(opened)


def _may_write(information: Path) -> bool:
    flags = next((line.split()[1] for line in information.read_text().splitlines() if line.startswith("flags:")), "0")
    return int(flags, 8) & os.O_ACCMODE != os.O_RDONLY


def _mapped(process: Path) -> Iterator[FileId]:
    for line in (process / "maps").read_text(errors="replace").splitlines():
        _, permissions, _, device, inode, *_ = line.split(maxsplit=5)
        if permissions[1] == "w" and permissions[3] == "s" and inode != "0":
            major, _, minor = device.partition(":")
            yield os.makedev(int(major, 16), int(minor, 16)), int(inode)
