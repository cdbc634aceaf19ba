"""Renames inside one folder that overwrite nothing unseen, by the best way that the file system has.

Linux exchanges two names, or refuses a name that is taken, in one step (renameat2(2)). NFS, SMB and most file systems that are
mounted through FUSE cannot. There the file in place is moved aside first and looked at there, so that nothing that lies
at a name is ever replaced by what was meant for another file; for a moment nothing lies at the name.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable

from hubshare_agents.checkout.temporary import aside_name

_NOREPLACE, _EXCHANGE = 1, 2
_renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
#: How a kernel, a file system or a sandbox says that it has no such call.
REFUSALS = frozenset(
    (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM, errno.ENOTTY, errno.EMLINK)
)


def exchange(folder: int, temporary: str, name: str) -> str:
    """Put a file in the place of another one; return the name under which that one lies now.

    Args:
        folder: a descriptor.
        temporary: the name of the file so far.
        name: the other one's.

    Raises:
        FileNotFoundError: when nothing lies at the name.
        FileExistsError: when something was created there meanwhile; what lay there before lies aside.
    """
    if rename_with(folder, temporary, name, _EXCHANGE):
        return temporary
    aside = aside_name(temporary)
    os.rename(name, aside, src_dir_fd=folder, dst_dir_fd=folder)
    try:
        place(folder, temporary, name)
    except FileExistsError:
        raise
    except OSError:
        place(folder, aside, name)
        raise
    return aside


def place(folder: int, source: str, name: str) -> None:
    """Give a file a name that is free.

    Raises:
        FileExistsError: when it is not.
    """
    if rename_with(folder, source, name, _NOREPLACE):
        return
    try:
        os.link(source, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        if error.errno not in REFUSALS:
            raise
    else:
        os.unlink(source, dir_fd=folder)
        return
    # Neither: a last look, right before it.
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        os.rename(source, name, src_dir_fd=folder, dst_dir_fd=folder)
    else:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name)


def rename_with(folder: int, source: str, target: str, flags: int) -> bool:
    """renameat2(2) inside one folder; return False where there is no such thing."""
    if _renameat2(folder, os.fsencode(source), folder, os.fsencode(target), flags) == 0:
        return True
    code = ctypes.get_errno()
    if code in REFUSALS:
        return False
    raise OSError(code, os.strerror(code), target)


def can_exchange(folder: int, first: str, second: str) -> bool:
    """Return whether a file system exchanges two names in one step. The two files are there."""
    return rename_with(folder, first, second, _EXCHANGE)


def can_refuse(folder: int, source: str, free: str) -> bool:
    """Return whether a file system refuses, in the same step, to rename to a name that is taken."""
    return rename_with(folder, source, free, _NOREPLACE)


def can_link(folder: int, source: str, free: str) -> bool:
    """Return whether a file system gives a file a second name."""
    return _works(lambda: os.link(source, free, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False))


def _works(call: Callable[[], None]) -> bool:
    try:
        call()
    except OSError as error:
        if error.errno not in REFUSALS:
            raise
        return False
    return True
