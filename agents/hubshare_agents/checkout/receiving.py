"""Taking in what is published: the known published state moves on. Nothing on disk is touched."""

from __future__ import annotations

from hubshare.errors import Clash
from hubshare.git.objects import FOLDER, TREE, TreeReader, diff_trees, read_commit, read_tree, tree_entry
from hubshare.git.packs import Pack
from hubshare.sync.trees import Entry, Side
from hubshare_agents.checkout.index import CheckoutIndex
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.checkout.pushing import drop_pack
from hubshare_agents.checkout.state import CheckoutState

#: After this many received versions, trees that nothing refers to are dropped.
_PRUNE_EVERY = 200


class Incomplete(Exception):
    """A pack does not hold what is needed to move on; a larger one has to be fetched."""


def receive(checkout: LocalCheckout, commit: str, number: int, pack: Pack | None) -> None:
    """Move the known published state on to `commit`, and take in the answer to the push under way with it.

    A version that is older than what is known already, or than the answer to the push under way, changes nothing.

    Args:
        number: its version number.
        pack: holds the commit and its new trees; None when it is the snapshot that was pushed.

    Raises:
        Incomplete: when the pack does not hold enough.
    """
    state, index = checkout.state, checkout.index
    pending = state.pending
    if pending is not None and pending.waits:
        raise Clash("A push is under way; its answer comes first.")
    answered = pending.outcome.number if pending is not None and pending.outcome is not None else 0
    if number < max(state.number, answered) or (number == state.number and pending is None):
        return
    root, trees = _new_trees(state, commit, pack)
    with checkout.transaction():
        index.add_trees(trees)
        try:
            diff = {path: new for path, _, new in diff_trees(index.tree, state.base_tree, root)}
        except KeyError:
            raise Incomplete(commit) from None
        agreed = pending.published if pending is not None else {}
        for path in {*diff, *agreed, *state.unseen}:
            now = agreed.get(path, index.row(path).agreed)
            if path not in diff and path in state.unseen:
                # It is the same in both, and other than what is known to be published.
                diff[path] = _file_at(index.tree, root, path)
            index.agree(path, now, diff[path] if path in diff else index.published(path))
        moved = state.moved_on(commit, root, number).push_taken_in()
        checkout.become(moved)
        if moved.received % _PRUNE_EVERY == 0:
            _prune(index, root)
    if pending is not None:
        drop_pack(checkout, pending)


def go_on_from_push(checkout: LocalCheckout) -> None:
    """Take the answered push for what is known to be published, as long as what it was merged into cannot be fetched.

    The centre holds it: what comes next is an edit of it, and what others published comes when it can be fetched. What is in
    conflict waits for that, see `CheckoutState.unseen`.
    """
    state, index = checkout.state, checkout.index
    pending = state.pending
    assert pending is not None and pending.outcome is not None
    with checkout.transaction():
        for path, side in pending.published.items():
            index.agree(path, side, side)
        checkout.become(state.gone_on_from_push())
    drop_pack(checkout, pending)


def _file_at(read: TreeReader, root: str, path: str) -> Side:
    found = tree_entry(read, root, path)
    return Entry(*found) if found is not None and found[0] != FOLDER else None


def _new_trees(state: CheckoutState, commit: str, pack: Pack | None) -> tuple[str, list[tuple[str, bytes]]]:
    """Return the top tree of a commit, and the trees of a pack that are perhaps not known yet."""
    if state.pending is not None and commit == state.pending.event.commit:
        return state.pending.tree, []
    if commit == state.base:
        return state.base_tree, []
    if pack is None or commit not in pack:
        raise Incomplete(commit)
    trees = [(name, pack.read(name).data) for name, place in pack.places.items() if place.type == TREE]
    return read_commit(pack.read(commit).data).tree, trees


def _prune(index: CheckoutIndex, root: str) -> None:
    """Drop the trees that are not of the known published state."""
    wanted: set[str] = set()

    def visit(tree: str) -> None:
        if tree not in wanted:
            wanted.add(tree)
            for mode, inner in read_tree(index.tree(tree)).values():
                if mode == FOLDER:
                    visit(inner)

    visit(root)
    index.keep_trees(wanted)
