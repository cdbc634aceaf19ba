"""A folder of files that can all be made again, bounded in bytes: what was used longest ago goes first, of who has most."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from hubshare.config import KIB

#: A file takes at least as much of a disk.
_BLOCK = 4 * KIB
#: It is looked when the files of one process have added this part of the bound, and cut to so much of it.
_LOOK_PART, _LEFT_PART = 16, 0.9
#: What has not got its name after so long, in seconds, is not being written any more.
_DRAFT_SECONDS = 3600


class _File(NamedTuple):
    """One file: when it was used, its size, and where it lies."""

    used: float
    size: int
    path: Path


class BoundedFolder:
    """Bounds a folder, and each of the folders in it that belong to a project; any number of processes write into it.

    Whoever uses a file sets its time of modification. Each process looks by itself, now and then, so the bound may be exceeded
    by a sixteenth for each of them, and by the file that was written last.

    Args:
        path: the folder.
        most: bytes that all files take together.
    """

    def __init__(self, path: Path, most: int) -> None:
        self.path, self._most = path, most
        self._added: Counter[Path] = Counter()
        self._looked: set[Path] = set()

    def wrote(self, file: Path, size: int, most: int) -> None:
        """Say that a file was written, in the folder of a project; others go where it is too much.

        Args:
            most: bytes that the files of the project take together.
        """
        for folder, bound in ((file.parent, most), (self.path, self._most)):
            self._added[folder] += max(size, _BLOCK)
            if folder not in self._looked or self._added[folder] >= bound // _LOOK_PART:
                self._looked.add(folder)
                self._added[folder] = 0
                trim(folder, bound, file)


def trim(folder: Path, most: int, stays: Path | None = None) -> None:
    """Remove the files of a folder that were used longest ago, if all of them take too much; those of a project that takes no
    more than its fair part stay.

    Args:
        most: bytes that they may take.
        stays: a file that is not removed.
    """
    found = list(_files(folder))
    left = Counter[Path]()
    for file in found:
        left[file.path.parent] += file.size
    if (total := left.total()) <= most:
        return
    fair, before = fair_part(left.values(), most * _LEFT_PART), time.time() - _DRAFT_SECONDS
    for file in sorted(found):
        if total <= most * _LEFT_PART:
            break
        drafted = file.path.suffix == ".tmp" and file.used > before
        if file.path == stays or drafted or left[file.path.parent] <= fair:
            continue
        file.path.unlink(missing_ok=True)
        left[file.path.parent] -= file.size
        total -= file.size


def fair_part(sizes: Iterable[float], most: float) -> float:
    """How much each may keep so that all keep no more than `most` together, and who has less than that keeps it all (max-min
    fairness: Bertsekas and Gallager, Data Networks, 6.5.2)."""
    waiting = sorted(sizes)
    while waiting and waiting[0] * len(waiting) <= most:
        most -= waiting.pop(0)
    return most / len(waiting) if waiting else float("inf")


def _files(folder: Path) -> Iterator[_File]:
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            # Another process may remove the same.
            with suppress(FileNotFoundError):
                if entry.is_dir(follow_symlinks=False):
                    yield from _files(Path(entry.path))
                else:
                    status = entry.stat(follow_symlinks=False)
                    yield _File(status.st_mtime, max(status.st_size, _BLOCK), Path(entry.path))
