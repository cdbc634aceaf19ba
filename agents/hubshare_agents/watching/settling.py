"""When a change is to be reported: at once, or as soon as whoever makes it is done. Pure; the caller brings the clock.

A file that is written over or renamed into place is reported at once. One that is being written waits until it is closed,
and one that Jupyter saves until the copy is gone that it keeps beside it meanwhile. A file that is new or gone waits a moment,
since many programs write a new file and rename it, or move the old one away and write it anew. Nothing waits beyond a deadline.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

#: More changed paths than this at once are answered with a scan of the whole folder.
_MOST_PATHS = 500
_COPY_PREFIX = ".~"


class _Kind(Enum):
    """What a path waits for."""

    OPEN = "to be closed"
    HALF = "for the copy beside it to be removed"
    COPY = "to be removed, as Jupyter's copy"
    NEW = "to be renamed, perhaps"
    GONE = "to come again, perhaps"


class _Wait(NamedTuple):
    """A path that is not reported yet.

    Attributes:
        since: when (seconds) it began.
        due: when it is reported at the latest.
        new: whether it was not there before.
    """

    kind: _Kind
    since: float
    due: float
    new: bool


class Settling:
    """The changes below one folder that are not reported yet.

    Args:
        quiet: for how long (seconds) a file that is new or gone waits.
        deadline: after how long anything is reported.
    """

    def __init__(self, quiet: float, deadline: float) -> None:
        self._quiet, self._deadline = quiet, deadline
        self._waiting: dict[str, _Wait] = {}
        self._ready: set[str] = set()
        self._left: tuple[int, str, _Wait | None] = (0, "", None)

    def touched(self, path: str) -> None:
        """Something of it changed that is over already."""
        if path not in self._waiting:
            self._ready.add(path)

    def created(self, path: str, now: float, whole: bool) -> None:
        """It is there from now on.

        Args:
            whole: nobody is going to write to it, as with a link.
        """
        before = self._waiting.pop(path, None)
        new = before is None or before.new
        if _original(path):
            self._wait(path, _Kind.COPY, now, new)
        elif whole:
            self._wait(path, _Kind.NEW, now, new)
        else:
            self._wait(path, _Kind.OPEN, before.since if before else now, new)

    def written(self, path: str, now: float) -> None:
        """Somebody writes to it."""
        before = self._waiting.get(path)
        if before is None or before.kind in (_Kind.HALF, _Kind.NEW, _Kind.GONE):
            self._wait(path, _Kind.OPEN, before.since if before else now, before is not None and before.new)

    def closed(self, path: str, now: float) -> None:
        """Somebody who could write to it has closed it."""
        before = self._waiting.get(path)
        if before is not None and before.kind is _Kind.COPY:
            return
        since, new = (before.since, before.new) if before is not None else (now, False)
        copy = self._waiting.get(_copy(path))
        if copy is not None and copy.kind is _Kind.COPY:
            self._wait(path, _Kind.HALF, since, new)
        elif new:
            self._wait(path, _Kind.NEW, since, new, now)
        else:
            self._finish(path)

    def gone(self, path: str, now: float) -> None:
        """It is not there any more."""
        before = self._waiting.pop(path, None)
        original = _original(path)
        if original and before is not None and before.kind is _Kind.COPY:
            half = self._waiting.get(original)
            if half is not None and half.kind is _Kind.HALF:
                self._finish(original)
        elif before is None or not before.new:
            self._wait(path, _Kind.GONE, now, False)

    def left(self, path: str, cookie: int, now: float) -> None:
        """It has got another name, which comes with the same cookie if it lies below the folder."""
        self._left = (cookie, path, self._waiting.get(path))
        self.gone(path, now)

    def arrived(self, path: str, cookie: int, now: float, folder: bool = False) -> None:
        """It has got this name.

        Args:
            folder: it is one, which is told of by itself once what is in it is watched.
        """
        known, source, before = self._left
        moved = cookie == known and source != path
        self._left = (0, "", None)
        if moved and before is None and source in self._waiting:
            # Whoever renames a file that was there may write another one under its old name at once.
            self._wait(path, _Kind.NEW, now, False)
        elif not folder:
            self._finish(path)

    def due(self) -> float | None:
        """Return when (seconds) there is something to report; None while there is nothing."""
        if self._ready:
            return 0.0
        return min((wait.due for wait in self._waiting.values()), default=None)

    def take(self, now: float) -> set[str]:
        """Return what is to be reported now, without what lies below another path; {""} for the whole folder."""
        for path in [path for path, wait in self._waiting.items() if wait.due <= now]:
            self._finish(path)
        found, self._ready = self._ready, set()
        if "" in found or len(found) > _MOST_PATHS:
            return {""}
        return {path for path in found if not any(above in found for above in _above(path))}

    def _wait(self, path: str, kind: _Kind, since: float, new: bool, now: float | None = None) -> None:
        moment = self._quiet if kind in (_Kind.NEW, _Kind.GONE) else self._deadline
        due = min((since if now is None else now) + moment, since + self._deadline)
        self._waiting[path] = _Wait(kind, since, due, new)
        self._ready.discard(path)

    def _finish(self, path: str) -> None:
        self._waiting.pop(path, None)
        self._ready.add(path)


def _copy(path: str) -> str:
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{_COPY_PREFIX}{name}"


def _original(path: str) -> str:
    """Return what a path is the copy of while Jupyter saves that; "" when it is none."""
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{name.removeprefix(_COPY_PREFIX)}" if name.startswith(_COPY_PREFIX) else ""


def _above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]
