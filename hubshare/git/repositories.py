"""All canonical repositories of a Hub, and the packs that bring checkouts from one commit to another."""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections import OrderedDict
from contextlib import AbstractContextManager, nullcontext
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from hubshare.bounded_folder import BoundedFolder
from hubshare.config import MIB
from hubshare.errors import NotFound
from hubshare.git.durable import durable, flush
from hubshare.git.lock import locked
from hubshare.git.repository import LOCK, Repository
from hubshare.git.update import write_update

_OPEN_MOST = 64
#: The packs of a project take no more than so many times as much as its repository, or this, in bytes, if that is more.
_PACKS_TIMES, _PACKS_LEAST = 2, 256 * MIB


class _Open(OrderedDict[str, Repository]):
    """The repositories that one thread keeps open; they are closed when the thread ends."""

    def __del__(self) -> None:
        for repository in self.values():
            repository.close()


class Repositories:
    """Opens repositories by project; keeps the last few of each thread open.

    Args:
        repositories: folder of the bare repositories.
        packs: folder of the update packs; all of it can be made again.
        most: bytes that these take together.
    """

    def __init__(self, repositories: Path, packs: Path, most: int = 20 * 1024 * MIB) -> None:
        self._repositories, self._packs = repositories, BoundedFolder(packs, most)
        self._threads = threading.local()

    def path(self, project: str) -> Path:
        """Where a project's repository lies."""
        return self._repositories / project[:2] / f"{project}.git"

    def create(self, project: str, author: str, time: int, message: str) -> Repository:
        """Make a project's repository; harmless when it is there."""
        return Repository.create(self.path(project), author, time, message)

    def open(self, project: str) -> Repository:
        """A project's repository, open in this thread only."""
        cache: _Open | None = getattr(self._threads, "cache", None)
        if cache is None:
            cache = self._threads.cache = _Open()
        found = cache.pop(project, None) or Repository(self.path(project))
        cache[project] = found
        while len(cache) > _OPEN_MOST:
            cache.popitem(last=False)[1].close()
        return found

    def forget(self, project: str) -> None:
        """Close a project's repository in this thread: one that is removed frees the disk only then."""
        cache: _Open | None = getattr(self._threads, "cache", None)
        if cache is not None and (found := cache.pop(project, None)) is not None:
            found.close()

    def locked(self, project: str, seconds: float | None = None) -> AbstractContextManager[None]:
        """Have others who want to publish to a project wait; see `Repository.lock`. A repository that is missing needs no lock.

        Args:
            seconds: how long to wait for it; a default of ours if not given.

        Raises:
            Unavailable: when it was not to be had in time.
        """
        path = self.path(project)
        return locked(path / LOCK, seconds) if path.exists() else nullcontext()

    def keep_update(self, project: str, have: str, want: str, pack: bytes | Path | BinaryIO) -> Path:
        """Keep a pack that is at hand as the update from one commit to another.

        Args:
            pack: a path is a file beside the packs, which is moved; of an open file the rest is copied.
        """
        path = self.update_path(project, have, want)
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(pack, Path):
            pack.replace(path)
        else:
            with durable(path) as file:
                shutil.copyfileobj(BytesIO(pack) if isinstance(pack, bytes) else pack, file)
        self._bound(project, path)
        return path

    def update_path(self, project: str, have: str | None, want: str) -> Path:
        """Where the pack lies, or would lie, that brings a checkout from `have` (None: nothing) to `want`."""
        for name in (have, want):
            if name is not None and not re.fullmatch(r"[0-9a-f]{40}", name):
                raise NotFound("That is no version of this project.")
        return self._packs.path / project[:2] / project / f"{have or 'nothing'}-{want}.pack"

    def update(self, project: str, have: str | None, want: str, again: bool = False) -> Path:
        """That pack, built if it is not there yet. It never changes once it is there, unless it was damaged.

        Args:
            again: build it anew: somebody found it damaged.
        """
        path = self.update_path(project, have, want)
        if again or not path.exists():
            repository = self.open(project)
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f"{path.name}.{uuid4().hex}.tmp")
            try:
                with temporary.open("w+b") as file:
                    write_update(repository, file, have, want)
                # It is served to everybody for as long as it is there: an empty one after a power loss would be, too.
                flush(temporary)
                temporary.replace(path)
                self._bound(project, path)
            finally:
                temporary.unlink(missing_ok=True)
        return path

    def _bound(self, project: str, path: Path) -> None:
        """Let packs go that nobody asked for for longest, where there are too many."""
        held = self.path(project) / "objects" / "pack"
        size = sum(entry.stat().st_size for entry in os.scandir(held)) if held.exists() else 0
        self._packs.wrote(path, path.stat().st_size, max(_PACKS_LEAST, _PACKS_TIMES * size))
