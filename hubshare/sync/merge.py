"""The three-way merge by path: what of a snapshot is published, and what becomes a conflict.

The cases are numbered in docs/reference/merging.md, one test each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from hubshare.sync.trees import Conflict, Side, State, Tree, ancestors, classify


@dataclass(frozen=True)
class Merge:
    """What a merge decided.

    Attributes:
        changes: path to new side, to be applied to the published tree.
        conflicts: the paths that stay as published, with their three sides.
        agreed: paths whose two sides are equal; an open conflict on one of them is over.
    """

    changes: dict[str, Side] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    agreed: set[str] = field(default_factory=set)


class Paths:
    """A set of paths that can be asked quickly what they have to do with another one.

    Args:
        paths: files or folders.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = set(paths)
        self._folders = {folder for path in self._paths for folder in ancestors(path)}

    def __bool__(self) -> bool:
        return bool(self._paths)

    def touch(self, path: str) -> bool:
        """Whether `path` is one of them, or a folder of one, or lies in one."""
        return path in self._paths or path in self._folders or any(folder in self._paths for folder in ancestors(path))


def merge(
    snapshot: Mapping[str, tuple[Side, Side]],
    theirs: Tree,
    frozen: Iterable[str] = (),
) -> Merge:
    """Merge the changes of a snapshot into the published tree.

    Args:
        snapshot: path to (base, ours) for every path in which the snapshot differs from its parent.
        theirs: the published tree.
        frozen: paths with an open conflict; a change of one updates the conflict and is never published.
    """
    result, frozen_paths = Merge(), Paths(frozen)
    for path, (base, ours) in sorted(snapshot.items()):
        published = theirs.entry(path)
        state = classify(base, ours, published)
        if ours == published:
            result.agreed.add(path)
        elif state is State.CONFLICT or frozen_paths.touch(path):
            result.conflicts.append(Conflict(path, base, ours, published))
        elif state is State.OUTGOING:
            result.changes[path] = ours
    held = {conflict.path for conflict in result.conflicts}
    for path in clashes(result.changes, held, theirs):
        base, ours = snapshot[path]
        del result.changes[path]
        result.conflicts.append(Conflict(path, base, ours, theirs.entry(path)))
    result.conflicts[:] = named(result.conflicts)
    return result


def clashes(changes: Mapping[str, Side], conflicts: Iterable[str], tree: Tree) -> set[str]:
    """The changes that are conflicts too, because one side has a file where the other has a folder.

    An addition that has no place in `tree` is one; so is whatever lies above or below a conflict: a folder that gave way to
    a file is taken, or kept, as a whole.

    Args:
        changes: path to new side, of what would be published.
        conflicts: the paths that are in conflict anyhow.
        tree: what is published.
    """
    found = set(collisions(changes, tree))
    return found | connected(found | set(conflicts), changes.keys())


def connected(start: Iterable[str], paths: Iterable[str]) -> set[str]:
    """Those of `paths` that lie above or below one of `start`, or of those that do; or are one."""
    found, left, new = set[str](), set(paths), set(start)
    while new:
        near = Paths(new)
        new = {path for path in left if near.touch(path)}
        found |= new
        left -= new
    return found


def named(conflicts: Iterable[Conflict]) -> list[Conflict]:
    """The conflicts in order; those of a file against a folder say so."""
    found = sorted(conflicts)
    paths = {conflict.path for conflict in found}
    holders = {folder for path in paths for folder in ancestors(path)}

    def clash(conflict: Conflict) -> str:
        above = conflict.path in holders
        if not above and paths.isdisjoint(ancestors(conflict.path)):
            return ""
        file_here = above == (conflict.ours is not None)
        return "a file here, a folder there" if file_here else "a folder here, a file there"

    return [conflict._replace(clash=clash(conflict)) for conflict in found]


def collisions(changes: Mapping[str, Side], tree: Tree) -> list[str]:
    """The additions of `changes` that would put a file where `tree` keeps a folder, or the other way round.

    Args:
        changes: path to new side; a deletion frees its place.
        tree: what the changes are made to.
    """

    @cache
    def stays(path: str) -> bool:
        if path in changes:
            return changes[path] is not None
        return tree.entry(path) is not None

    def collides(path: str) -> bool:
        return any(stays(folder) for folder in ancestors(path)) or any(
            path_below not in changes for path_below in tree.below(path)
        )

    return [path for path, side in changes.items() if side is not None and collides(path)]


def group(path: str, conflicts: Iterable[str]) -> set[str]:
    """The conflicts that a pick at `path` is about: itself, those below it and those above it; see `connected` for the rest."""
    above = set(ancestors(path))
    return {other for other in conflicts if other == path or other in above or other.startswith(path + "/")}
