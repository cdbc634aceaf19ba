"""What differs between two versions of a project, file by file; files that were renamed are followed."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from hubshare.config import KIB
from hubshare.git.objects import EMPTY_TREE, diff_trees
from hubshare.git.repository import Repository
from hubshare.store.models import Version
from hubshare.sync.renames import edited, unchanged
from hubshare.sync.trees import EXECUTABLE, LINK, Side

#: Among so many changed files renames are found; so many of each side are read for that, and so large ones.
_LOOKED_AT, _READ, _READ_BYTES = 3000, 20, 256 * KIB


@dataclass(frozen=True)
class Change:
    """One path that differs.

    Attributes:
        was: the path that it had before; "" if it is the same.
    """

    path: str
    before: Side
    after: Side
    was: str = ""

    @property
    def what(self) -> str:
        """In a word."""
        if self.before is None:
            return "added"
        if self.after is None:
            return "deleted"
        if self.was:
            return "renamed" if self.before == self.after else "renamed and changed"
        return "changed" if self.before.id != self.after.id else "mode changed"

    @property
    def modes(self) -> tuple[str, str] | None:
        """What kind of file it was and is, in words, where that differs."""
        if self.before is None or self.after is None or self.before.mode == self.after.mode:
            return None
        return _called(self.before.mode), _called(self.after.mode)


class Compared(NamedTuple):
    """A page of what differs between two versions.

    Attributes:
        changes: by path.
        number: of the page, from 1.
        pages: how many there are of what was looked at, which is a few thousand paths.
        total: how many changes these pages have.
        last: the last path that was looked at, where there is more behind it; else "".
    """

    changes: list[Change]
    number: int
    pages: int
    total: int
    last: str


def compare(
    repository: Repository, before: Version | None, after: Version, most: int, number: int = 1, behind: str = ""
) -> Compared:
    """Return what differs between two versions, a page at a time.

    Args:
        before: None for nothing at all.
        most: so many changes at most.
        number: of the page; the nearest one where there is none with it.
        behind: only what comes behind this path is looked at.
    """
    old, new = (repository.commit(row.commit).tree if row else EMPTY_TREE for row in (before, after))
    differing = diff_trees(repository.tree, old, new, behind=behind)
    seen = [Change(*one) for one in islice(differing, _LOOKED_AT + 1)]
    found = _with_renames(repository, seen[:_LOOKED_AT])
    pages = max(1, -(-len(found) // most))
    number = min(max(number, 1), pages)
    last = seen[_LOOKED_AT - 1].path if len(seen) > _LOOKED_AT else ""
    return Compared(found[(number - 1) * most : number * most], number, pages, len(found), last)


def renamed_from(repository: Repository, before: Version | None, after: Version, path: str) -> str:
    """Return the path that a file had before a version; "" if it had none, or the same."""
    if before is None:
        return ""
    old, new = (repository.commit(row.commit).tree for row in (before, after))
    seen = [Change(*one) for one in islice(diff_trees(repository.tree, old, new), _LOOKED_AT)]
    moved = _moved(repository, seen, path)
    return next((was for was, now in moved.items() if now == path), "")


def _with_renames(repository: Repository, found: Sequence[Change]) -> list[Change]:
    moved = _moved(repository, found)
    old = {new: old for old, new in moved.items()}
    by_path = {change.path: change for change in found}
    made = []
    for change in found:
        if was := old.get(change.path):
            made.append(Change(change.path, by_path[was].before, change.after, was))
        elif change.path not in moved:
            made.append(change)
    return made


def _moved(repository: Repository, found: Sequence[Change], wanted: str = "") -> dict[str, str]:
    """Old path to new one of the files that were renamed.

    Args:
        wanted: a new path that is asked about: contents are read only where it takes that to tell.
    """
    moved = unchanged({change.path: (change.before, change.after) for change in found})
    gone = [one for one in found if one.after is None and one.path not in moved]
    arrived = set(moved.values())
    new = [one for one in found if one.before is None and one.path not in arrived]
    suffixes = {_suffix(one.path) for one in gone} & {_suffix(one.path) for one in new}
    if wanted and (_suffix(wanted) not in suffixes or all(one.path != wanted for one in new)):
        return moved
    contents = [
        dict(islice(_contents(repository, [one for one in side if _suffix(one.path) in suffixes]), _READ))
        for side in (gone, new)
    ]
    return moved | (edited(*contents) if all(contents) else {})


def _contents(repository: Repository, changes: Sequence[Change]) -> Iterator[tuple[str, bytes]]:
    for change in changes:
        side = change.before or change.after
        if side is not None and side.mode != LINK and (repository.kind_and_size(side.id) or (0, 0))[1] <= _READ_BYTES:
            yield change.path, repository.read(side.id).data


def _suffix(path: str) -> str:
    return posixpath.splitext(path.lower())[1]


def _called(mode: int) -> str:
    return "symbolic link" if mode == LINK else "executable file" if mode == EXECUTABLE else "ordinary file"
