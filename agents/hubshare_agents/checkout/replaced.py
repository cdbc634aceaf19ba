"""What was taken out of its place in a folder: it is put back, deleted, or left aside while a program may write to it."""

from __future__ import annotations

import os
import stat
from contextlib import suppress

from hubshare_agents.checkout.open_files import is_written
from hubshare_agents.checkout.renames import exchange, place
from hubshare_agents.checkout.temporary import aside_name, temporary_name


def may_be_written(folder: int, name: str) -> bool:
    """Return whether a program may go on writing to a file: it has it open, or nobody can say."""
    return _is_written(folder, name) is not False


def _is_written(folder: int, name: str) -> bool | None:
    handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        return is_written(handle)
    finally:
        os.close(handle)


def let_go(folder: int, out: str, temporary: str, written: bool) -> None:
    """Delete what was taken out and is what was expected; leave it aside where a program may write to it."""
    if not written:
        with suppress(OSError):
            os.unlink(out, dir_fd=folder)
            return
    set_aside(folder, out, temporary)


def set_aside(folder: int, out: str, temporary: str) -> None:
    """Give what is somebody's the name by which it is found, and not taken for what we have made."""
    aside = aside_name(temporary)
    if out == aside:
        return
    try:
        place(folder, out, aside)
    except FileExistsError:
        place(folder, out, aside_name(temporary_name()))


def put_back(folder: int, out: str, temporary: str, name: str, made: os.stat_result) -> None:
    """Undo an exchange: what was taken out is somebody's edit. What has come to its place meanwhile is lost no more than it.

    Args:
        out: the name that it has now.
        temporary: the name that our file had, and has again afterwards.
        name: its place.
        made: what to recognise our file by.
    """
    try:
        if out == temporary:
            exchange(folder, temporary, name)
        else:
            os.rename(name, temporary, src_dir_fd=folder, dst_dir_fd=folder)
            if not is_ours(folder, temporary, made):
                place(folder, temporary, name)
                return
            place(folder, out, name)
    except OSError:
        # Its place is gone, or taken again: it stays aside.
        with suppress(OSError):
            set_aside(folder, out, temporary)
        return
    if not is_ours(folder, temporary, made):
        set_aside(folder, temporary, temporary)


def discard(folder: int, temporary: str, made: os.stat_result) -> None:
    """Delete the file that we have made, unless somebody has written to it, or it is another one by now."""
    if is_ours(folder, temporary, made):
        os.unlink(temporary, dir_fd=folder)
    else:
        set_aside(folder, temporary, temporary)


def is_ours(folder: int, name: str, made: os.stat_result) -> bool:
    """Return whether a name holds just what we have written, and nobody has it open to write to it.

    Raises:
        FileNotFoundError: when it holds nothing.
    """
    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if (found.st_ino, found.st_size, found.st_mtime_ns) != (made.st_ino, made.st_size, made.st_mtime_ns):
        return False
    return not stat.S_ISREG(found.st_mode) or not _is_written(folder, name)
