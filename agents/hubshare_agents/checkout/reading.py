"""Reading a file so that what was read is whole, and what to recognise it by afterwards."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from hubshare.git.objects import BLOB, start_id
from hubshare.sync.trees import EXECUTABLE, FILE, Entry
from hubshare_agents.checkout.databases import header
from hubshare_agents.checkout.index import Seen
from hubshare_agents.checkout.open_files import is_written

_CHUNK = 256 * 1024
#: File systems stamp files with the kernel's tick: a file younger than this may change again under the same stamp.
_TICK_NS = 20_000_000
#: Some stamp whole seconds, and FAT every other one.
_SECOND_NS, _COARSE_NS = 1_000_000_000, 2_000_000_000


def read_whole(file: BinaryIO, check: Callable[[bytes], None]) -> tuple[Entry, Seen] | None:
    """Return the entry of a file and what to recognise it by; None when it changed while it was read.

    Of a file that a program appends to without a pause, it is the entry of what was there when the reading began.

    Args:
        file: opened for reading, unbuffered, at its beginning.
        check: is given the beginning of the content, before it is read and afterwards; may raise to refuse it.
    """
    before, head = os.fstat(file.fileno()), header(file.fileno())
    check(head)
    size = before.st_size
    digest = _digest(file, size)
    after = os.fstat(file.fileno())
    if digest is None or header(file.fileno()) != head:
        return None
    grew = after.st_size > size
    if grew:
        file.seek(0)
    if _digest(file, size) != digest if grew else _stamp(before) != _stamp(after):
        return None
    check(head)
    known = seen(after)
    # Through a mapping, content changes without a new stamp.
    unsure = grew or is_written(file.fileno())
    return Entry(file_mode(after), digest), known._replace(size=size, mtime=-1 if unsure else known.mtime)


def seen(found: os.stat_result) -> Seen:
    """What to recognise a file by.

    One that may change again under the same stamps is not recognised by them (git calls it racily clean,
    https://git-scm.com/docs/racy-git). Either stamp may be the newer one: programs set mtime back.
    """
    newest = max(found.st_mtime_ns, found.st_ctime_ns)
    step = _TICK_NS if newest % _SECOND_NS else _COARSE_NS + _TICK_NS
    young = time.time_ns() - newest < step
    return Seen(found.st_size, -1 if young else found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def same(known: Seen | None, found: os.stat_result) -> bool:
    """Whether a file is for sure the one that was seen; a file that was too young then is never sure."""
    return known is not None and known == (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def file_mode(found: os.stat_result) -> int:
    """The mode that git gives to a regular file."""
    return EXECUTABLE if found.st_mode & stat.S_IXUSR else FILE


def blob_id(file: Path) -> str:
    """The blob id of a file that nobody writes to."""
    with file.open("rb", buffering=0) as content:
        found = _digest(content, file.stat().st_size)
    if found is None:
        raise ValueError(f"{file} is written to")
    return found


def _digest(file: BinaryIO, size: int) -> str | None:
    """The blob id of the next `size` bytes; None when there are less."""
    digest = start_id(BLOB, size)
    while size and (piece := file.read(min(_CHUNK, size))):
        digest.update(piece)
        size -= len(piece)
    return None if size else digest.hexdigest()


def _stamp(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns
