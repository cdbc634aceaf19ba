"""The other checkouts of this agent: their folders belong to no other project, wherever they are moved to."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple, TypeVar

from hubshare_agents.checkout.index import Seen
from hubshare_agents.checkout.places import identity_of

#: A folder that is moved to another disk is copied there first: so long after the last copied file it may still be removed.
_COPYING_SECONDS = 10.0
#: A time that was copied is as exact as the file system is: some keep whole seconds only, FAT every other one.
_FINE_NS, _COARSE_NS = 1_000_000, 2_000_000_000

Identity = tuple[int, int]
Known = TypeVar("Known")


class Neighbour(NamedTuple):
    """Another checkout.

    Attributes:
        name: of its project.
        root: its folder, as far as that is known.
        identities: what its folder was recognised by: device, inode.
        paths: gives paths that are, or were, in it.
        seen: gives files that it saw last, with what to recognise them by.
        has: tells whether it knows anything at or below a path.
        file: gives what one file was recognised by, if it knows it.
    """

    name: str
    root: Path
    identities: frozenset[Identity]
    paths: Callable[[], Iterable[str]]
    seen: Callable[[], Iterable[tuple[str, Seen]]]
    has: Callable[[str], bool]
    file: Callable[[str], Seen | None]

    @property
    def left_alone(self) -> str:
        """Why its folder is not shared by another checkout, and what to do."""
        return (
            f"it is the folder of another checkout, of {self.name} ({self.root}), which is in no other project: move it out of "
            f"this one, then it goes on where it is (else `hubshare relocate {self.root} NEW`); or run `hubshare unlink "
            f"{self.root}`, and its files are shared here"
        )

    @property
    def being_moved(self) -> str:
        """Why a folder that may become its folder waits."""
        return (
            f"it holds files of another checkout, of {self.name} ({self.root}), which may just be being moved here: if that "
            "one keeps them, these are shared in a moment"
        )

    def is_at(self, folder: Path) -> bool:
        """Return whether one of its files is the very one that was last seen: a new time of change cannot be set by anybody."""
        return any(
            (found.st_size, found.st_ctime_ns) == (known.size, known.ctime)
            for path, known in _unless_closed(self.seen)
            if (found := _stat(folder / path)) is not None
        )

    def may_be(self, folder: Path) -> bool:
        """Return whether a folder that has the number of its own may be it: numbers are used again."""
        known = _unless_closed(self.paths)
        return not known or any(_stat(folder / path) is not None for path in known)


class Neighbours:
    """The other checkouts as they are at one moment.

    Args:
        known: all of them.
    """

    def __init__(self, known: Iterable[Neighbour] = ()) -> None:
        self._known = [*known]
        #: What was asked of them already: a walk through many new files asks the same over and over.
        self._seen: dict[Path, list[tuple[str, Seen]]] = {}
        self._tops: dict[tuple[Path, str], bool] = {}
        self._at_home: dict[Identity, Neighbour] = {}
        self._away: list[Neighbour] = []
        for one in self._known:
            now = identity_of(one.root)
            if now is not None and now in one.identities:
                self._at_home[now] = one
            else:
                self._away.append(one)

    def reason(self, folder: Path, identity: Identity, new: bool) -> str:
        """Return why a folder is left alone, or "".

        Args:
            folder: where it is.
            identity: its device and inode.
            new: whether the project holds nothing in it, so that it may have been moved here from another disk.
        """
        if identity in self._at_home:
            return self._at_home[identity].left_alone
        moved = (one for one in self._known if identity in one.identities and one.may_be(folder))
        copied = (one for one in self._away if new and self._was_copied(one, folder))
        found = next(moved, None) or next(copied, None)
        return found.left_alone if found else ""

    def copied(self, path: str, found: os.stat_result) -> tuple[Neighbour, str] | None:
        """Return whose file a new file may be a copy of, stamps and all, and the folder that it was copied to with it.

        Args:
            path: of the new file.
            found: what `stat` says of it.
        """
        # One that is still the same file was moved by itself, and on purpose.
        parts = path.split("/")
        for one in self._at_home.values():
            for depth in range(1, len(parts)):
                if not self._has_top(one, parts[depth]):
                    continue
                known = _file(one, "/".join(parts[depth:]))
                if known is not None and known.inode != found.st_ino and _is_copy(found, known):
                    return one, "/".join(parts[:depth])
        return None

    def __bool__(self) -> bool:
        return bool(self._known)

    def _was_copied(self, one: Neighbour, folder: Path) -> bool:
        """Whether most of a checkout's files lie in a folder, as they do after a move to another disk."""
        if one.root not in self._seen:
            self._seen[one.root] = _unless_closed(one.seen)
        known = self._seen[one.root]
        tops = {path.partition("/")[0] for path, _ in known}
        try:
            if tops.isdisjoint(os.listdir(folder)):  # noqa: PTH208
                return False
        except OSError:
            return False
        return len(known) <= 2 * sum(_is_copy(_stat(folder / path), stamps) for path, stamps in known)

    def _has_top(self, one: Neighbour, name: str) -> bool:
        key = (one.root, name)
        if key not in self._tops:
            self._tops[key] = _unless_closed(lambda: [one.has(name)]) == [True]
        return self._tops[key]


class Copying:
    """What is being copied from other checkouts right now, perhaps to be removed there."""

    def __init__(self) -> None:
        self._last: dict[Path, float] = {}

    def goes_on(self, one: Neighbour, found: os.stat_result) -> bool:
        """Return whether the copying of a checkout's files may still be under way.

        Args:
            found: what `stat` says of a copy of one of its files.
        """
        last = self._last[one.root] = max(self._last.get(one.root, 0.0), found.st_ctime)
        return abs(time.time() - last) < _COPYING_SECONDS


def _unless_closed(give: Callable[[], Iterable[Known]]) -> list[Known]:
    """What a checkout knows; nothing where it is just being closed."""
    try:
        return list(give())
    except sqlite3.Error:
        return []


def _file(one: Neighbour, path: str) -> Seen | None:
    try:
        return one.file(path)
    except sqlite3.Error:
        return None


def _is_copy(found: os.stat_result | None, known: Seen) -> bool:
    if found is None or found.st_size != known.size:
        return False
    slack = _FINE_NS if found.st_mtime_ns % 1_000_000_000 else _COARSE_NS
    if known.mtime == -1:
        # It was too young to note more of it than that.
        return found.st_mtime_ns <= known.ctime + slack
    return abs(found.st_mtime_ns - known.mtime) <= slack


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except OSError:
        return None
