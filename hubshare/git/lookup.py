"""What lies at a path of a commit."""

from __future__ import annotations

from hubshare.git.objects import FOLDER, TreeReader, tree_entry
from hubshare.git.repository import Repository
from hubshare.sync.trees import Entry, Side


def entry_at(repository: Repository, commit: str, path: str) -> tuple[int, str] | None:
    """Return mode and id of the file, link or folder that a commit holds at a path, or None; "" is the top folder."""
    root = repository.commit(commit).tree
    return tree_entry(repository.tree, root, path) if path else (FOLDER, root)


def side_at(repository: Repository, commit: str, path: str) -> Side:
    """Return the file or link that a commit holds at a path, or None; a folder is none."""
    return side_in(repository.tree, repository.commit(commit).tree, path)


def side_in(read: TreeReader, root: str, path: str) -> Side:
    """The same below a tree.

    Args:
        read: gives a tree.
        root: id of the tree.
    """
    found = tree_entry(read, root, path)
    return Entry(*found) if found is not None and found[0] != FOLDER else None
