"""Uploads: large packs on their way in. Resumable: an upload continues at the byte where it broke off."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hubshare.errors import Clash, NotFound, TooLarge, TooMany, Unavailable
from hubshare.names import size as size_of
from hubshare.room import check_room

#: Mode of an upload that is complete: nothing is added to it any more, so that what is verified is what is kept.
_COMPLETE = 0o400
#: Uploads of one user at a time, and how many of the largest size these are together.
_EACH, _TIMES = 64, 4
#: An upload that nothing was added to for so long may go for another one of its user, in seconds.
_FORGOTTEN_SECONDS = 3600


class Uploads:
    """The uploads of all users, one file each; an upload is its user's alone.

    Args:
        folder: where they lie until they are applied.
        most: largest upload in bytes.
    """

    def __init__(self, folder: Path, most: int) -> None:
        self._folder, self._most = folder, most

    def path(self, user: str, name: str) -> Path:
        """Where an upload lies."""
        if not re.fullmatch(r"[0-9a-f]{32}", name):
            raise NotFound("There is no such upload.")
        # A name may be longer than a file's name can be, or be "..".
        return self._folder / hashlib.sha256(user.encode()).hexdigest() / name

    def size(self, user: str, name: str) -> int:
        """How many bytes have arrived; 0 for one that has not begun."""
        path = self.path(user, name)
        return path.stat().st_size if path.exists() else 0

    @property
    def most_each(self) -> int:
        """How many bytes all uploads of one user may have."""
        return _TIMES * self._most

    def held_of(self, user: str) -> int:
        """How many bytes the uploads of a user have."""
        folder, size = self._folder / hashlib.sha256(user.encode()).hexdigest(), 0
        for path in folder.iterdir() if folder.exists() else ():
            with suppress(FileNotFoundError):
                size += path.stat().st_size
        return size

    def complete(self, user: str, name: str) -> bool:
        """Whether an upload has been finished; from then on it does not change."""
        path = self.path(user, name)
        return path.exists() and stat.S_IMODE(path.stat().st_mode) == _COMPLETE

    @contextmanager
    def reading(self, user: str, name: str) -> Iterator[Path]:
        """Have a complete upload for oneself: one job at a time looks into it, however many name it.

        Raises:
            Unavailable: when another one does.
        """
        path = self.path(user, name)
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Unavailable("This upload is being looked at: it is tried again in a moment.") from None
            yield path

    def _check_room(self, path: Path, more: int) -> None:
        """Look whether a user may have so many uploads, and so much in them; the person's own forgotten ones go for it.

        Raises:
            TooMany: when not.
            Unavailable: when the disk is almost full.
        """
        check_room(path.parent, more)
        if self._fits(path, more):
            return
        for other in path.parent.iterdir():
            status = other.stat()
            forgotten = stat.S_IMODE(status.st_mode) != _COMPLETE and status.st_mtime < time.time() - _FORGOTTEN_SECONDS
            if forgotten and other != path:
                other.unlink(missing_ok=True)
        if not self._fits(path, more):
            raise TooMany(
                f"You have as many uploads in progress as everybody may, {_EACH}, or {size_of(_TIMES * self._most)} in them: "
                "one that is published, or was left for an hour, makes room."
            )

    def _fits(self, path: Path, more: int) -> bool:
        with os.scandir(path.parent) as entries:
            sizes = {entry.name: entry.stat().st_size for entry in entries}
        sizes[path.name] = sizes.get(path.name, 0) + more
        return len(sizes) <= _EACH and sum(sizes.values()) <= _TIMES * self._most

    def append(self, user: str, name: str, offset: int, piece: bytes) -> int:
        """Add a piece at `offset`; return the size after it.

        Raises:
            Clash: when the upload has another size than `offset`; ask for it and go on from there. When it is finished.
            TooLarge: over the limit.
            TooMany, Unavailable: when there is no room for it now.
        """
        path = self.path(user, name)
        if self.complete(user, name):
            # Before its lock is waited for: whoever reads it may have that for long.
            raise Clash("The upload is finished: begin another one.")
        path.parent.mkdir(parents=True, exist_ok=True)
        if offset + len(piece) > self._most:
            raise TooLarge(f"An upload has at most {size_of(self._most)}: push fewer or smaller files at once.")
        self._check_room(path, len(piece))
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if stat.S_IMODE(os.fstat(handle).st_mode) == _COMPLETE:
                raise Clash("The upload is finished: begin another one.")
            if file.tell() != offset:
                raise Clash(f"The upload holds {file.tell():,} bytes, not {offset:,}: go on from there.")
            file.write(piece)
            return file.tell()

    def finish(self, user: str, name: str) -> None:
        """Flush an upload to disk, and close it to further pieces."""
        if self.complete(user, name):
            return
        handle = os.open(self.path(user, name), os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            os.fchmod(handle, _COMPLETE)
            os.fsync(handle)
        finally:
            os.close(handle)
        # Its name, and that of the user's folder, are on disk with it.
        for folder in (self.path(user, name).parent, self._folder):
            opened = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)
