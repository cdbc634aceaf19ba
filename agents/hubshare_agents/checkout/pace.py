"""When a path is looked at again by itself, and how often at most. Pure; times are monotonic seconds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

#: How soon a file that was being written is looked at again; each time that it still is, after twice as long, up to the second.
_SOON, _AT_LAST = 0.1, 5.0
#: The same for what cannot be looked at for a reason that may pass by itself.
_LATER, _MUCH_LATER = 1.0, 30.0
#: A file that is edited without a pause is looked at, packed and sent at most so often that about this many bytes a second are.
_BYTES_PER_SECOND = 3_000_000
#: Up to this wait an edit that is reported is looked at at once.
_UNNOTICED = 0.4


class Pace:
    """What of one folder is to be looked at again, and when.

    Attributes:
        busy: files that changed while they were read last.
    """

    def __init__(self) -> None:
        self._again: dict[str, float] = {}
        self._waits: dict[str, float] = {}
        self._resting: dict[str, float] = {}
        self._moving: dict[str, float] = {}
        self.busy: set[str] = set()

    @property
    def next_at(self) -> float:
        """When something is due; 0 for never."""
        return min(self._again.values(), default=0.0)

    @property
    def restless(self) -> list[str]:
        """The paths that have been written without a pause for longer than a save takes."""
        return sorted(path for path in self.busy if self._waits[path] > 8 * _SOON)

    def looked(
        self, now: float, whole: bool, paths: Iterable[str], busy: Collection[str], later: Collection[str]
    ) -> None:
        """Paths were looked at: those that could not be taken are looked at again.

        Args:
            whole: all of the folder was looked at.
            busy: files that changed while they were read.
            later: what cannot be looked at for a reason that may pass by itself.
        """
        failed = {*busy, *later}
        for path in {*self._waits, *self._again} - failed if whole else set(paths) - failed:
            self._waits.pop(path, None)
            self._again.pop(path, None)
        self.busy = {path for path in self.busy if path in self._waits and path not in later} | set(busy)
        for path in failed:
            first, most = (_SOON, _AT_LAST) if path in busy else (_LATER, _MUCH_LATER)
            self._waits[path] = min(self._waits.get(path, first / 2) * 2, most)
            self._again[path] = now + self._waits[path]

    def edited(self, now: float, sizes: Mapping[str, int]) -> None:
        """Files were edited: a large one rests for a while, so that a program that never pauses costs little.

        Args:
            sizes: path to bytes.
        """
        self._resting = {path: at for path, at in self._resting.items() if at > now}
        for path, size in sizes.items():
            if size > _UNNOTICED * _BYTES_PER_SECOND:
                self._resting[path] = now + size / _BYTES_PER_SECOND

    def reported(self, now: float, paths: Iterable[str]) -> set[str]:
        """Return the paths among those reported that are looked at at once; the others are, when they have rested."""
        at_once, restless = set(), self.restless
        for path in paths:
            at = max(self._resting.get(path, 0.0), self._again.get(path, 0.0) if path in restless else 0.0)
            if at > now:
                self._again[path] = at
            else:
                at_once.add(path)
        return at_once

    def moving(self, now: float, paths: Collection[str], gone: Collection[str], new: Collection[str]) -> set[str]:
        """Return the paths that are not looked at yet: many editors save in two steps, and between them there is no file.

        What is new meanwhile waits as well. It may be the file under another name: what comes and goes in one version is moved,
        and not deleted.

        Args:
            paths: what is to be looked at.
            gone: those among them where there was a file, and is none.
            new: those among them where there was none.
        """
        since = {path: self._moving.get(path, now + _SOON) for path in gone}
        others = {path: at for path, at in self._moving.items() if path not in paths}
        last = max([*since.values(), *others.values()], default=now)
        since |= {path: self._moving.get(path, last) for path in new}
        early = {path: at for path, at in since.items() if at > now}
        self._moving = others | early
        self._again |= early
        return set(early)

    def due(self, now: float) -> set[str]:
        """Return what is to be looked at now."""
        found = {path for path, at in self._again.items() if at <= now}
        for path in found:
            del self._again[path]
        return found
