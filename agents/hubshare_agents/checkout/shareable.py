"""What can be shared at all: what kind of thing lies at a path, and what around it stands against that. Ignore rules apart."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable

from hubshare.config import KIB, AgentSettings
from hubshare.git.verify import ATTRIBUTES_LINE, is_attributes, long_attributes
from hubshare.names import link_fault, path_fault, sizes
from hubshare.sync.trees import ancestors
from hubshare_agents.checkout.bare_repositories import is_repository
from hubshare_agents.checkout.databases import COMPANIONS, database_beside
from hubshare_agents.checkout.disk import Disk
from hubshare_agents.checkout.neighbours import Copying, Neighbour, Neighbours

NESTED = "it lies in a folder with a git repository of its own, which HubShare leaves alone"
UNMOUNTED = "its folder is empty since a disk is not mounted there: mount it, or remove the folder to delete all of it"
FOLDER_CLOSED = "its folder cannot be read; change its permissions"

#: What a folder of an environment for Python holds (venv and virtualenv; conda, mamba and pixi).
ENVIRONMENT_MARKS = ("pyvenv.cfg", "conda-meta")
#: What such an environment consists of, where it was made in a folder that holds other things as well.
ENVIRONMENT_PARTS = {
    *ENVIRONMENT_MARKS,
    *("bin", "etc", "include", "Include", "lib", "Lib", "lib64", "man", "sbin", "Scripts", "share", "ssl", "var"),
    *("compiler_compat", "aarch64-conda-linux-gnu", "x86_64-conda-linux-gnu"),
}
ENVIRONMENT = "it is a Python environment, which works only where it was made"
OWN_ENVIRONMENT = (
    "it lies in your own Python environment, in which others change nothing: rename or remove that to have it"
)

_CHUNK = 256 * KIB
_CLOSED = (errno.EACCES, errno.EPERM)
#: There is nothing at this path. Everything else means that it could not be looked at.
GONE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)


def unreadable(error: OSError, closed: str = "it cannot be read; change its permissions") -> str:
    """Why what could not be looked at is left alone, in words for the person.

    Args:
        closed: the words when permissions are the reason.
    """
    if error.errno in _CLOSED:
        return closed
    return f"it could not be looked at ({os.strerror(error.errno or 0)}); that is tried again by itself"


def may_pass(error: OSError) -> bool:
    """Whether an error is one that goes away by itself."""
    return error.errno not in _CLOSED


class Shareable:
    """Judges what lies in one folder.

    Args:
        disk: the folder.
        settings: the limits.

    Attributes:
        others: gives the other checkouts of the agent.
        copying: what of them is being copied into this folder.
    """

    def __init__(self, disk: Disk, settings: AgentSettings) -> None:
        self._disk, self._settings = disk, settings
        self.others: Callable[[], Iterable[Neighbour]] = tuple
        self.copying = Copying()

    def fault(self, path: str, found: os.stat_result) -> str | None:
        """Why what lies at a path is not shared; None when it can be.

        Raises:
            OSError: when it cannot be looked at.
        """
        reason = path_fault(path)
        if reason:
            return reason
        if stat.S_ISLNK(found.st_mode):
            try:
                return link_fault(path, self._disk.read_link(path).decode())
            except UnicodeDecodeError:
                return "the link's target is not UTF-8"
        if not stat.S_ISREG(found.st_mode):
            return f"it is {_kind(found.st_mode)}; only files, folders and links are shared"
        if found.st_size > self._settings.max_file_bytes:
            has, allowed = sizes(found.st_size, self._settings.max_file_bytes)
            return f"it has {has}; at most {allowed} are shared (an admin can raise HUBSHARE_MAX_FILE_BYTES)"
        if is_attributes(path) and self._is_long(path):
            return f"it has a line of {ATTRIBUTES_LINE:,} bytes or more, which git refuses; break it up"
        return None

    def _is_long(self, path: str) -> bool:
        with self._disk.open(path) as file:
            return long_attributes(path, iter(lambda: file.read(_CHUNK), b""))

    def neighbours(self) -> Neighbours:
        """The other checkouts of the agent, as they are now."""
        return Neighbours(self.others())

    def left_alone(self, path: str, tracked: Callable[[str], bool], neighbours: Neighbours | None = None) -> str:
        """Why a path is left alone with a folder that it is or lies in, or "": a git repository, or another checkout.

        Args:
            tracked: whether the project holds anything at or below a path.
            neighbours: the other checkouts, where they are known already.

        Raises:
            OSError: when that cannot be told.
        """
        neighbours = self.neighbours() if neighbours is None else neighbours
        for folder in (path, *ancestors(path)):
            if self._has(folder, ".git") or (self.is_bare(folder) and not tracked(f"{folder}/HEAD")):
                return NESTED
            found = self._disk.stat(folder) if neighbours else None
            if found is not None and stat.S_ISDIR(found.st_mode):
                new = path_fault(folder) is not None or not tracked(folder)
                reason = neighbours.reason(self._disk.root / folder, (found.st_dev, found.st_ino), new)
                if reason:
                    return reason
        return ""

    def is_bare(self, folder: str) -> bool:
        """Whether a folder below the top is a git repository without a `.git`."""
        return self._has(folder, "HEAD") and is_repository(
            [name for name in ("HEAD", "commondir", "objects", "refs") if self._has(folder, name)]
        )

    def environment(self, path: str) -> str | None:
        """The nearest folder at or above a path that is an environment for Python; None when there is none."""
        for folder in (path, *ancestors(path)):
            if self.is_environment(folder):
                return folder
        top = path.partition("/")[0]
        return top if self.is_environment_part(top) else None

    def is_environment(self, folder: str) -> bool:
        """Whether a folder below the top is an environment for Python."""
        return any(self._has(folder, mark) for mark in ENVIRONMENT_MARKS)

    def is_environment_part(self, name: str) -> bool:
        """Whether a name at the top is of an environment that was made there."""
        return name in ENVIRONMENT_PARTS and any(self._disk.exists(mark) for mark in ENVIRONMENT_MARKS)

    def _has(self, folder: str, name: str) -> bool:
        try:
            return self._disk.exists(f"{folder}/{name}")
        except PermissionError:
            # Nothing in it can be looked at, and it is held for that reason.
            return False

    def companion(self, path: str) -> str | None:
        """Why a file goes with a database beside it, and not by itself; None when it does not."""
        if not path.endswith(COMPANIONS):
            return None
        with self._disk.parent(path) as (folder, name):
            database = database_beside(folder, name)
        return (
            f"it belongs to the database {database!r}, which is shared once what is in here was brought in"
            if database
            else None
        )


def _kind(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "a pipe"
    if stat.S_ISSOCK(mode):
        return "a socket"
    return "a device"
