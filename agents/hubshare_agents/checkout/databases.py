"""Databases in use: a copy of one that is being written is broken, and one that is open must not be exchanged.

SQLite keeps what was written last in companions beside the file (https://sqlite.org/fileformat2.html, https://sqlite.org/lockingv3.html).
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from hubshare_agents.checkout.open_files import file_id, is_written, written_files

#: What SQLite and DuckDB append to the name of a database for the file that holds what is not in it yet.
JOURNALS = ("-wal", "-journal", ".wal")
#: Those, and the index of the first, which holds nothing of its own.
COMPANIONS = (*JOURNALS, "-shm")

_SQLITE = b"SQLite format 3\0"
#: Offset and magic number of formats that are whole only while no program has the file open for writing.
_WHOLE_WHEN_CLOSED = ((8, b"DUCK"), (0, b"\x89HDF\r\n\x1a\n"))
_HEADER_BYTES = 100
#: A journal that was brought in already is kept by some settings of SQLite with its head filled with zeros.
_SPENT = bytes(8)
#: The bytes that SQLite locks in a database, far behind its content: PENDING, RESERVED and 510 for SHARED.
_LOCKS = (0x40000000, 512)
#: struct flock of 64-bit Linux: type, whence, start, length, process.
_FLOCK = "hhqqi4x"


def header(handle: int) -> bytes:
    """The beginning of an open file: it tells what it is, and of a SQLite database also whether it was written since."""
    return os.pread(handle, _HEADER_BYTES, 0)


def is_database(head: bytes) -> bool:
    """Whether a file that begins so is a database."""
    return head.startswith(_SQLITE) or _is_whole_when_closed(head)


def being_written(folder: int, name: str, handle: int) -> str:
    """Why a copy of a file would be a broken database, or "" when a copy is sound or the file is no database.

    To be asked before the content is read and again afterwards.

    Args:
        folder: descriptor of the folder that it lies in.
        name: its name there.
        handle: descriptor of the file, opened for reading.
    """
    head = header(handle)
    if head.startswith(_SQLITE):
        journal = _journal(folder, name)
        if journal:
            if is_written(handle) is False:
                return f"{_left_behind(name, journal)}, then it is shared"
            return (
                f"it is a database in use: what was written last is in {journal}; it is shared once that is brought in"
            )
        if _locked(handle, fcntl.F_RDLCK):
            return "it is a database that is being written; it is shared once that has ended"
    elif _is_whole_when_closed(head) and (
        _is_open_for_writing(handle) or _locked(handle, fcntl.F_RDLCK, everywhere=True)
    ):
        return "a program has it open for writing; it is shared once it is closed"
    return ""


def in_use(folder: int, name: str) -> str:
    """Why a database must not be replaced or deleted now, or "" when it may be, or when there is none.

    A program that has it open would go on writing to a file that has no name any more; a journal that is left would be
    brought into another database than its own.

    Args:
        folder: descriptor of the folder that it lies in.
        name: its name there.
    """
    with _opened(folder, name) as handle:
        if handle is None or not is_database(header(handle)):
            return ""
        journal = _journal(folder, name)
        if journal and is_written(handle) is False:
            return _left_behind(name, journal)
        if journal:
            return f"it is a database in use: what was written last is in {journal}; close the program that uses it"
        if _is_open_for_writing(handle) or _locked(handle, fcntl.F_WRLCK, everywhere=True):
            return "it is a database that a program has open; close it there"
    return ""


def _left_behind(name: str, journal: str) -> str:
    return (
        f"a program that was using this database was killed, and what it wrote last is still in {journal}: open it once, for "
        f"example with `sqlite3 {name} .tables`, which brings that in"
    )


def belongs_to(name: str) -> list[str]:
    """The names of the databases that a file could be a companion of."""
    return [name.removesuffix(suffix) for suffix in COMPANIONS if name.endswith(suffix)]


def database_beside(folder: int, name: str) -> str:
    """The name of the database that a file is a companion of, or ""; also of one that is only being made."""
    for database in belongs_to(name):
        with _opened(folder, database) as handle:
            if handle is not None and is_database(header(handle) or _SQLITE):
                return database
    return ""


@contextmanager
def _opened(folder: int, name: str) -> Iterator[int | None]:
    """A descriptor of a regular file; None where there is none."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        handle = os.open(name, flags, dir_fd=folder)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ELOOP, errno.ENXIO):
            raise
        yield None
        return
    try:
        yield handle if stat.S_ISREG(os.fstat(handle).st_mode) else None
    finally:
        os.close(handle)


def _is_whole_when_closed(head: bytes) -> bool:
    return any(head[at : at + len(magic)] == magic for at, magic in _WHOLE_WHEN_CLOSED)


def _journal(folder: int, name: str) -> str:
    """The name of the companion that holds what is not in a database yet, or ""."""
    for suffix in JOURNALS:
        with _opened(folder, name + suffix) as handle:
            if handle is not None and os.pread(handle, len(_SPENT), 0).strip(b"\0"):
                return name + suffix
    return ""


def _locked(handle: int, wanted: int, everywhere: bool = False) -> bool:
    """Whether a lock of another program stands against one of ours; none is taken, and none of this process is given up.

    Args:
        wanted: F_RDLCK to find who writes, F_WRLCK to find also who reads.
        everywhere: look at the whole file, not only at where SQLite locks it.
    """
    start, length = (0, 0) if everywhere else _LOCKS
    try:
        answer = fcntl.fcntl(handle, fcntl.F_OFD_GETLK, struct.pack(_FLOCK, wanted, os.SEEK_SET, start, length, 0))
    except OSError:
        # A file system without locks.
        return False
    return bool(struct.unpack(_FLOCK, answer)[0] != fcntl.F_UNLCK)


def _is_open_for_writing(handle: int) -> bool:
    written = is_written(handle)
    return file_id(os.fstat(handle)) in written_files()[0] if written is None else written
