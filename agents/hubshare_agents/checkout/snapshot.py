"""The snapshot: a commit of a checkout's edits on top of the published state, and the pack that carries it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from hubshare.config import MIB
from hubshare.git.objects import BLOB, TREE, Commit, Object, edit_tree
from hubshare.git.packs import PackWriter
from hubshare.git.verify import long_attributes
from hubshare.sync.titles import title
from hubshare.sync.trees import LINK, Side
from hubshare_agents.checkout.disk import Busy, Disk
from hubshare_agents.checkout.index import CheckoutIndex
from hubshare_agents.checkout.outputs import shared_content
from hubshare_agents.checkout.state import CheckoutState


class Snapshot(NamedTuple):
    """A snapshot that is ready to be published.

    Attributes:
        commit: its id.
        tree: id of its top tree.
        sides: path to what the snapshot holds there, for every path that it changes.
    """

    commit: str
    tree: str
    sides: dict[str, Side]


def take(
    state: CheckoutState,
    index: CheckoutIndex,
    disk: Disk,
    edits: Mapping[str, Side],
    target: Path,
    most: int,
    confirmed: bool,
    progress: Callable[[int, int], None] = lambda done, total: None,
    message: str = "",
) -> tuple[Snapshot | None, list[str]]:
    """Write the pack of a snapshot; only new content and the trees along changed paths are in it.

    Args:
        state: of the checkout: author, parent, and what is noted in the commit.
        edits: path to what the last scan saw on disk.
        target: file to write the pack to.
        most: largest unpacked size in bytes; what no longer fits waits for the next push.
        confirmed: whether the person confirmed that many files are deleted.
        progress: is told of (files done, files in all).
        message: what the person says of it; "" for a title made from what it changes.

    Returns:
        The snapshot, None when nothing is left to publish; and the paths that were left out because they changed meanwhile
        and are to be looked at again.
    """
    sides: dict[str, Side] = {}
    left: list[str] = []
    with target.open("w+b") as file:
        writer = PackWriter(file)
        for done, (path, side) in enumerate(sorted(edits.items()), 1):
            progress(done, len(edits))
            if side is not None and not index.knows(side.id):
                row = index.row(path)
                if writer.unpacked + (row.seen.size if row.seen else 0) > most:
                    continue
                if not _add(writer, disk, index, path, side):
                    left.append(path)
                    continue
            sides[path] = side
        edit = edit_tree(index.tree, state.base_tree, sides)
        if edit.root == state.base_tree:
            return None, left
        for data in edit.made.values():
            writer.add(Object(TREE, data))
        said = message or title({path: (index.row(path).agreed, side) for path, side in sides.items()})
        noted = f"{said}\n\nHubShare-Checkout: {state.checkout}\n"
        if confirmed:
            noted += "HubShare-Confirmed: deletions\n"
        commit = Commit(edit.root, (state.base,), state.user, int(time.time()), noted).encode()
        writer.add(commit)
        writer.close()
    index.add_trees(edit.made.items())
    return Snapshot(commit.id, edit.root, sides), left


def _add(writer: PackWriter, disk: Disk, index: CheckoutIndex, path: str, side: Side) -> bool:
    """Put a file's content into the pack, if it is still what was seen."""
    assert side is not None
    found = disk.stat(path)
    row = index.row(path)
    if found is None:
        return False
    try:
        if side.mode == LINK:
            return writer.add(Object(BLOB, disk.read_link(path))) == side.id
        if row.raw:
            item = shared_content(disk, row)
            return item.id == side.id and writer.add(item) == side.id
        # What a program has appended since goes with the next one.
        size = min(found.st_size, row.seen.size) if row.seen is not None else found.st_size
        if size <= MIB:
            with disk.open(path) as file:
                item = Object(BLOB, file.read(size))
            if item.id != side.id or long_attributes(path, [item.data]):
                return False
            writer.add(item)
            return True
        with disk.open(path) as file:
            return writer.add_stream(file, size, side.id) == side.id
    except (OSError, Busy):
        return False
