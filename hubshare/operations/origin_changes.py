"""What is new at the origin of a fork since it was taken from last: for whoever asks, and for the worker that takes it."""

from __future__ import annotations

from hubshare.errors import HubShareError, NotFound, Unavailable
from hubshare.git.objects import BLOB, EMPTY_TREE, Object, diff_trees
from hubshare.git.repository import Repository
from hubshare.git.stored_tree import StoredTree
from hubshare.store.origins import Taken
from hubshare.sync.notebooks.outputs import NOTEBOOK_BYTES, is_notebook, strip
from hubshare.sync.origin import Incoming, incoming
from hubshare.sync.trees import LINK, Side, Tree
from hubshare.vocabulary import OutputsName


def read_incoming(source: Repository, commit: str, taken: Taken, published: Tree, outputs: OutputsName) -> Incoming:
    """What an origin has that a fork has not seen yet, by path.

    A fork may share no outputs of notebooks, or may have shared none when it took them: what it made of a notebook by that
    alone is no edit.

    Args:
        source: the origin's repository.
        commit: the version that is to be taken; a published one.
        taken: what was taken last.
        published: the fork's tree.
        outputs: what becomes of the fork's.

    Raises:
        Unavailable: when the origin does not hold what was taken last.
    """
    root = source.commit(commit).tree
    try:
        before = source.commit(taken.commit).tree if taken.commit else EMPTY_TREE
    except NotFound as error:
        raise Unavailable("The origin lacks the version that was taken last: tell an admin of the Hub.") from error
    new = incoming(diff_trees(source.tree, before, root), taken.open, StoredTree(source.tree, root).entry)
    for path, (base, side) in list(new.items()):
        if not is_notebook(path) or base is None:
            continue
        held = published.entry(path)
        if outputs == "share" and (held is None or held == base):
            continue
        plain = _plain(source, base)
        if (
            outputs == "strip"
            and side is not None
            and side.mode == base.mode
            and plain
            and plain == _plain(source, side)
        ):
            del new[path]  # it was run again there, and no more
        elif held is not None and held.id == plain:
            new[path] = base._replace(id=plain), side
    return new


def _plain(source: Repository, side: Side) -> str:
    """The id of a notebook without its outputs; "" for what is none that can be read."""
    if side is None or side.mode == LINK or (source.kind_and_size(side.id) or (0, 0))[1] > NOTEBOOK_BYTES:
        return ""
    try:
        return Object(BLOB, strip(source.read(side.id).data)).id
    except HubShareError:
        return ""
