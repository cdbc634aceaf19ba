"""What is published, as far as a merge or an edit looks into it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from hubshare.git.objects import EMPTY_TREE, FOLDER, read_tree, walk_tree
from hubshare.sync.trees import Entry, Side
from hubshare_workers.publish.publication import Published


class PublishedTree:
    """The published state as a tree. Each folder is read once, however many paths in it are asked for."""

    def __init__(self, published: Published) -> None:
        self._published, self._root = published, published.root
        self._folder = cache(lambda name: read_tree(published.tree(name)))

    def _at(self, path: str) -> tuple[int, str] | None:
        found: tuple[int, str] | None = (FOLDER, self._root)
        for name in path.split("/"):
            if found is None or found[0] != FOLDER or found[1] == EMPTY_TREE:
                return None
            found = self._folder(found[1]).get(name)
        return found

    def entry(self, path: str) -> Side:
        """What is published at a path."""
        found = self._at(path)
        return Entry(*found) if found is not None and found[0] != FOLDER else None

    def below(self, path: str) -> Iterable[str]:
        """The paths of all published files in the folder `path`."""
        found = self._at(path)
        if found is None or found[0] != FOLDER:
            return []
        return (place for place, _ in walk_tree(self._published.tree, found[1], path + "/"))
