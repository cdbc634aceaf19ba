"""What each person has written and not given up: it has to be findable at any time, wherever it is."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from itertools import count
from pathlib import Path

from tests.helpers.centre_fixture import git

#: A piece of text that is written once in the whole run.
MARK = re.compile(rb"<[a-z]+-[0-9]+>")


class Ledger:
    """One person's.

    Attributes:
        files: path to the marks that the person wrote there and has not overwritten or deleted since.
        acknowledged: marks that the centre has acknowledged: they are in the history for good.
    """

    def __init__(self, user: str) -> None:
        self._user, self._numbers = user, count(1)
        self._lock = threading.Lock()
        self.files: dict[str, set[bytes]] = {}
        self.acknowledged: set[bytes] = set()

    def mark(self) -> str:
        """Return a new mark."""
        return f"<{self._user}-{next(self._numbers)}>"

    def written(self, path: str, mark: str, added: bool = False) -> None:
        """A mark was written; all that the person wrote there before is given up unless it was added."""
        with self._lock:
            before = self.files.get(path, set()) if added else set()
            self.files[path] = before | {mark.encode()}

    def gone(self, path: str) -> None:
        """The person has deleted a file, or a folder with all that is in it."""
        with self._lock:
            self.files = {name: marks for name, marks in self.files.items() if not _within(name, path)}

    def moved(self, old: str, new: str) -> None:
        """The person has renamed a file, or a folder with all that is in it, over whatever was there."""
        with self._lock:
            left = {name: marks for name, marks in self.files.items() if not _within(name, new)}
            self.files = {
                new + name.removeprefix(old) if _within(name, old) else name: marks for name, marks in left.items()
            }

    def pushed(self, there: set[bytes], apart: Iterable[str]) -> None:
        """The centre has acknowledged all that is in the folder, apart from these paths.

        Args:
            there: the marks in the folder: a pick or a restore may have replaced what the person wrote.
        """
        left = list(apart)
        with self._lock:
            for path, marks in self.files.items():
                if not any(_within(path, one) or _within(one, path) for one in left):
                    self.acknowledged |= marks & there

    def alive(self) -> dict[bytes, str]:
        """Return mark to path of all that has to be findable."""
        with self._lock:
            return {mark: path for path, marks in self.files.items() for mark in marks}


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def marks_in_history(repository: Path) -> set[bytes]:
    """Return the marks in all that any ref of a repository reaches."""
    listed = git(repository, "rev-list", "--objects", "--all")
    names = b"".join(line.split(b" ")[0] + b"\n" for line in listed.splitlines())
    return set(MARK.findall(git(repository, "cat-file", "--batch", told=names)))


def marks_below(folder: Path) -> set[bytes]:
    """Return the marks in all files below a folder."""
    found: set[bytes] = set()
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.suffix not in (".sqlite", ".log"):
            found |= set(MARK.findall(path.read_bytes()))
    return found
