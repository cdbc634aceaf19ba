"""A tree of git as the merging looks into it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from hubshare.git.objects import EMPTY_TREE, FOLDER, TreeReader, read_tree, walk_tree
from hubshare.sync.trees import Entry, Side


class StoredTree:
    """A tree below its top. Each folder is read once, however many paths in it are asked for.

    Args:
        read: gives a tree by its id.
        root: id of the top tree.
    """

    def __init__(self, read: TreeReader, root: str) -> None:
        self._read, self._root = read, root
        self._folder = cache(lambda name: read_tree(read(name)))

    def at(self, path: str) -> tuple[int, str] | None:
        """Mode and id of the file, link or folder at a path, or None."""
        found: tuple[int, str] | None = (FOLDER, self._root)
        for name in path.split("/"):
            if found is None or found[0] != FOLDER or found[1] == EMPTY_TREE:
                return None
            found = self._folder(found[1]).get(name)
        return found

    def entry(self, path: str) -> Side:
        """The file or link at a path, or None."""
        found = self.at(path)
        return Entry(*found) if found is not None and found[0] != FOLDER else None

    def below(self, path: str) -> Iterable[str]:
        """The paths of all files in the folder `path`."""
        found = self.at(path)
        if found is None or found[0] != FOLDER:
            return []
        return (place for place, _ in walk_tree(self._read, found[1], path + "/"))
