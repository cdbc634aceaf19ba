"""How many files a tree stands for, and how many bytes they have: a few trees may stand for more than a disk holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from hubshare.git.objects import EMPTY_TREE, FOLDER, TreeReader, read_tree
from hubshare.sync.trees import Side

#: Gives how many bytes a file's content has, by its id.
SizeOf = Callable[[str], int]


class TreeSize(NamedTuple):
    """What a tree takes when it is checked out; or by how much that grows.

    Attributes:
        files: how many, links included.
        bytes: the sum of their sizes: what lies at two paths counts twice.
    """

    files: int = 0
    bytes: int = 0

    def grown(self, more: TreeSize) -> TreeSize:
        """Both together."""
        return TreeSize(self.files + more.files, self.bytes + more.bytes)


def measure(read: TreeReader, size_of: SizeOf, root: str) -> TreeSize:
    """Measure a whole tree; each of its trees and contents is looked at once, at however many paths it lies."""
    known: dict[str, TreeSize] = {EMPTY_TREE: TreeSize()}
    sizes: dict[str, int] = {}

    def visit(tree: str) -> TreeSize:
        if tree not in known:
            total = TreeSize()
            for mode, item in read_tree(read(tree)).values():
                if mode == FOLDER:
                    total = total.grown(visit(item))
                    continue
                if item not in sizes:
                    sizes[item] = size_of(item)
                total = TreeSize(total.files + 1, total.bytes + sizes[item])
            known[tree] = total
        return known[tree]

    return visit(root)


def growth(changes: Iterable[tuple[Side, Side]], size_of: SizeOf) -> TreeSize:
    """By how much a tree grows when some of its paths change.

    Args:
        changes: what lies at each path before and after.
    """
    files = total = 0
    for old, new in changes:
        if old is not None:
            files, total = files - 1, total - size_of(old.id)
        if new is not None:
            files, total = files + 1, total + size_of(new.id)
    return TreeSize(files, total)


class ChangedPaths:
    """Counts the files and folders in which trees differ, without going to each of them.

    Args:
        before: gives the trees of the old state.
        after: gives those of the new one.
    """

    def __init__(self, before: TreeReader, after: TreeReader) -> None:
        self._before, self._after = before, after
        self._pairs: dict[tuple[str, str], int] = {}
        self._gone: dict[str, int] = {EMPTY_TREE: 0}

    def between(self, old: str, new: str) -> int:
        """How many there are in which tree `new` differs from tree `old`."""
        if old == new:
            return 0
        if (old, new) not in self._pairs:
            was_items = read_tree(self._before(old)) if old != EMPTY_TREE else {}
            now_items = read_tree(self._after(new)) if new != EMPTY_TREE else {}
            total = 0
            for name in was_items.keys() | now_items.keys():
                was, now = was_items.get(name), now_items.get(name)
                if was == now:
                    continue
                total += 1
                was_tree = was[1] if was is not None and was[0] == FOLDER else EMPTY_TREE
                if now is not None and now[0] == FOLDER:
                    total += self.between(was_tree, now[1])
                else:
                    total += self._all(was_tree)
            self._pairs[old, new] = total
        return self._pairs[old, new]

    def _all(self, tree: str) -> int:
        if tree not in self._gone:
            items = read_tree(self._before(tree)).values()
            self._gone[tree] = sum(1 + (self._all(item) if mode == FOLDER else 0) for mode, item in items)
        return self._gone[tree]
