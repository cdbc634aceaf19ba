"""The deletion guard: which deletions wait until a person confirms them, and how they are shown."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import NamedTuple

from hubshare.names import quoted
from hubshare.sync.trees import Side

#: Of a project with fewer files than this, half may go without a question.
SMALL = 10
#: So many names are shown in a question.
_NAMED = 3


class Deletions(NamedTuple):
    """What a change deletes, and what it leaves.

    Attributes:
        gone: how many files it deletes.
        lately: how many files the same person has deleted a moment ago, without having been asked.
        left: how many files the project has after it; so many or more.
    """

    gone: int
    lately: int
    left: int

    @property
    def together(self) -> int:
        """How many have gone within a moment."""
        return self.gone + self.lately


def must_be_confirmed(found: Deletions, most: int, each: bool = False) -> bool:
    """Return whether deletions wait for a person: many, half of a project or more, or the last file.

    Args:
        most: so many pass whatever the project's size is.
        each: a person gave a command for each part: only together they are not too many, but half of the project they may be.
    """
    if not found.gone:
        return False
    half = found.together >= found.left and found.together + found.left >= SMALL
    return (found.gone if each else found.together) > most or half or not found.left


def left_limit(gone: int, lately: int) -> int:
    """Return up to which number the files that are left have to be counted to decide."""
    return max(gone + lately, SMALL) + 1


def deleted(changes: Mapping[str, tuple[Side, Side]]) -> dict[str, Side]:
    """Return what a change deletes, path to what was there; a file that is only moved is not deleted.

    Args:
        changes: path to what is there before and after.
    """
    moved = Counter(after.id for before, after in changes.values() if before is None and after is not None)
    found: dict[str, Side] = {}
    for path, (before, after) in changes.items():
        if after is not None or before is None:
            continue
        if moved[before.id]:
            moved[before.id] -= 1
        else:
            found[path] = before
    return found


def count_left(paths: Iterable[str], changes: Mapping[str, tuple[Side, Side]], limit: int) -> int:
    """Return how many files there are after a change, counted up to a limit.

    Args:
        paths: of all files before it.
    """
    added = sum(before is None and after is not None for before, after in changes.values())
    gone = {path for path, (_, after) in changes.items() if after is None}
    return added + sum(1 for _ in islice((path for path in paths if path not in gone), max(limit - added, 0)))


def digest(found: Mapping[str, Side]) -> str:
    """Return a mark of just these deletions, of which a confirmation is good for no others."""
    lines = sorted(f"{path}\0{side.id if side else ''}\n" for path, side in found.items())
    return hashlib.sha256("".join(lines).encode(errors="surrogateescape")).hexdigest()[:16]


def in_short(paths: Iterable[str]) -> str:
    """Return some of the names of what is deleted, files in one folder together, for a line that asks."""
    at_top = Counter(path.partition("/")[0] + ("/" if "/" in path else "") for path in paths)
    shown = sorted(at_top.items(), key=lambda item: (-item[1], item[0]))
    names = [
        name if count == 1 and not name.endswith("/") else f"{name} with {count:,}" for name, count in shown[:_NAMED]
    ]
    more = sum(count for _, count in shown[_NAMED:])
    text = ", ".join(name if name.isprintable() else quoted(name) for name in names)
    return f"{text} and {more:,} more" if more else text
