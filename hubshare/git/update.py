"""Updates: packs that bring a checkout from one commit to another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Protocol

from hubshare.config import KIB
from hubshare.errors import Unavailable
from hubshare.git.objects import EMPTY_TREE, FOLDER, Commit, Object, TreeReader, read_tree
from hubshare.git.packs import PackWriter
from hubshare.git.streams import ObjectStream

#: Up to this size, in bytes, an object is compressed as well as can be: many of them travel inside messages.
_SMALL = 64 * KIB


class Streamed(Protocol):
    """Where objects are read from piece by piece."""

    def stream(self, name: str) -> ObjectStream: ...


class Objects(Streamed, Protocol):
    """Where objects are read from: a repository, or one with what is about to be added to it."""

    def read(self, name: str) -> Object: ...

    def tree(self, name: str) -> bytes: ...

    def commit(self, name: str) -> Commit: ...


def new_objects(read: TreeReader, have: str, want: str) -> Iterator[str]:
    """Ids of the trees, then the blobs, that tree `want` holds in other places than tree `have`."""
    trees, blobs = dict[str, None](), dict[str, None]()

    def visit(old: str, new: str) -> None:
        if old == new or new in trees or new == EMPTY_TREE:
            return
        trees[new] = None
        before = read_tree(read(old))
        for name, (mode, item) in read_tree(read(new)).items():
            was_mode, was = before.get(name, (FOLDER, EMPTY_TREE))
            if mode == FOLDER:
                visit(was if was_mode == FOLDER else EMPTY_TREE, item)
            elif was != item:
                blobs[item] = None

    visit(have, want)
    yield from trees
    yield from blobs


def write_update(objects: Objects, file: BinaryIO, have: str | None, want: str) -> None:
    """Write the pack that brings a checkout from one commit to another: the commit, new trees, new blobs.

    Args:
        objects: holds both commits.
        file: opened for reading and writing, empty.
        have: the commit that the checkout holds, or None for nothing.
        want: the commit that it is to hold.
    """
    writer = PackWriter(file)
    writer.add(objects.read(want))
    old = objects.commit(have).tree if have else EMPTY_TREE
    for name in new_objects(objects.tree, old, objects.commit(want).tree):
        add_object(writer, objects, name)
    writer.close()


def add_object(writer: PackWriter, objects: Streamed, name: str) -> None:
    """Put an object into a pack, of whatever size, unless it is there.

    Raises:
        Unavailable: when it is damaged.
    """
    if name in writer.written:
        return
    with objects.stream(name) as content:
        if content.size <= _SMALL:
            writer.add(Object(content.type, content.read(content.size)))
        elif not writer.add_pieces(content.type, content.size, content, name):
            raise Unavailable(f"Object {name} of the repository is damaged: restore it from a backup.")
