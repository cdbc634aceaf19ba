"""Unix sockets that only the user can reach: at paths of any length, and where a home's file system can have none."""

from __future__ import annotations

import errno
import hashlib
import os
import socket
import stat
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

#: How a file system says that it can have no sockets.
_NO_SOCKETS = (errno.EPERM, errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP)
#: Where they are instead; a short path that all processes of a machine have in common.
_ELSEWHERE = Path("/tmp")  # noqa: S108 – in a folder of the user's own
_LINE_BYTES = 64 * 1024


def listen(path: Path) -> socket.socket:
    """Return a socket at a path of any length that only the user can reach, to be listened at.

    Raises:
        OSError: when there can be none.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        return _bind(path)
    except OSError as error:
        if error.errno not in _NO_SOCKETS:
            raise
    other = _elsewhere(path)
    other.parent.mkdir(exist_ok=True, mode=0o700)
    if not _is_private(other.parent):
        raise PermissionError(
            errno.EPERM, "somebody else can reach it; remove it, or ask an admin to", str(other.parent)
        )
    other.unlink(missing_ok=True)
    # Whoever looks for sockets in a folder finds it, and that nobody listens at this very place.
    path.touch(0o600)
    return _bind(other)


def connect_to(path: Path, seconds: float) -> socket.socket:
    """Return a connection to the socket for a path of any length; nothing that is done with it takes longer.

    Raises:
        OSError: `ConnectionRefusedError` when nobody listens there any more.
    """
    try:
        return _connect(path, seconds)
    except (FileNotFoundError, ConnectionRefusedError):
        other = _elsewhere(path)
        if not other.exists() or not _is_private(other.parent):
            raise
        return _connect(other, seconds)


async def serve(
    sock: socket.socket,
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    limit: int = _LINE_BYTES,
) -> asyncio.AbstractServer:
    """Begin to answer at a socket that `listen` gave.

    Args:
        limit: longest line, in bytes.
    """
    import asyncio

    if sys.version_info >= (3, 13):
        # It goes by the name that the socket was bound to, which is nobody's any more.
        return await asyncio.start_unix_server(answer, sock=sock, limit=limit, cleanup_socket=False)
    return await asyncio.start_unix_server(answer, sock=sock, limit=limit)


def remove(path: Path) -> None:
    """Remove the socket for a path, which somebody else may have left there."""
    path.unlink(missing_ok=True)
    other = _elsewhere(path)
    if _is_private(other.parent):
        other.unlink(missing_ok=True)


def _bind(path: Path) -> socket.socket:
    made = socket.socket(socket.AF_UNIX)
    try:
        with _short(path) as name:
            _bind_at(made, name)
        path.chmod(0o600)
    except BaseException:
        made.close()
        raise
    return made


def _bind_at(made: socket.socket, name: str) -> None:
    made.bind(name)


def _connect(path: Path, seconds: float) -> socket.socket:
    made = socket.socket(socket.AF_UNIX)
    made.settimeout(seconds)
    try:
        with _short(path) as name:
            made.connect(name)
    except OSError:
        made.close()
        raise
    return made


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """A path that is short enough for a socket, by the descriptor of its folder."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _elsewhere(path: Path) -> Path:
    """Where the socket is for a path whose file system can have none."""
    name = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:32]
    return _ELSEWHERE / f"hubshare-{os.getuid()}" / f"{name}.sock"


def _mine(found: os.stat_result) -> bool:
    return found.st_uid == os.getuid()


def _is_private(folder: Path) -> bool:
    """Whether a folder is the user's own, and nobody else can reach what is in it."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and _mine(found) and not stat.S_IMODE(found.st_mode) & 0o077
