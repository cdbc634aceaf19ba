"""Where folders lie: whether two are the same, or one lies in the other, however they are spelled; where one was moved to."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

#: So many folders are looked at for one that was moved.
_MOST_LOOKED_AT = 5000


def relation(one: Path, other: Path) -> Literal["same", "nested", "apart"]:
    """Return how two folders lie to each other.

    Names are compared, and so is what lies there: a bind mount, or a file system that does not tell upper from lower case, has
    several names for one folder.
    """
    if one == other:
        return "same"
    mine, theirs = _chain(one), _chain(other)
    if mine and theirs and mine[0] is not None and mine[0] == theirs[0]:
        return "same"
    inside = other in one.parents or (theirs[0] is not None and theirs[0] in mine)
    around = one in other.parents or (mine[0] is not None and mine[0] in theirs)
    return "nested" if inside or around else "apart"


def find_folder(identity: tuple[int, int], near: Iterable[Path]) -> Path | None:
    """Return where a folder is now that was moved, nearest first; None where it is not found, or lies in a trash.

    Args:
        identity: what it is recognised by: device, inode.
        near: where to look, in these folders and below.
    """
    looked = 0
    for start in near:
        todo = deque([start])
        while todo and looked < _MOST_LOOKED_AT:
            folder = todo.popleft()
            looked += 1
            try:
                with os.scandir(folder) as listing:
                    inner = [entry for entry in listing if entry.is_dir(follow_symlinks=False)]
                for entry in inner:
                    found = entry.stat(follow_symlinks=False)
                    if (found.st_dev, found.st_ino) == identity:
                        return Path(entry.path)
            except OSError:
                continue
            todo += [Path(entry.path) for entry in inner if not _is_trash(entry.name)]
    return None


def _is_trash(name: str) -> bool:
    return name.lower().lstrip(".").split("-")[0] == "trash" or name == ".git"


def _chain(path: Path) -> list[tuple[int, int] | None]:
    """Return what a folder and those above it are recognised by; None for one that is not there."""
    return [identity_of(folder) for folder in (path, *path.parents)]


def identity_of(folder: Path) -> tuple[int, int] | None:
    """Return what a folder is recognised by, device and inode; None for one that cannot be looked at."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
