"""Whether two folders are the same, or one lies in the other, however they are spelled."""

from __future__ import annotations

from pathlib import Path
from typing import Literal


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


def _chain(path: Path) -> list[tuple[int, int] | None]:
    """Return what a folder and those above it are recognised by; None for one that is not there."""
    return [_identity(folder) for folder in (path, *path.parents)]


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
