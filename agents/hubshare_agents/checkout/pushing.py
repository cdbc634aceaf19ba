"""The steps of a push on the side of the checkout: what it publishes, its beginning, its answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from hubshare.config import MIB
from hubshare.errors import BadPack, Cancelled, Forbidden, Paused
from hubshare.git.durable import flush
from hubshare.git.packs import Pack
from hubshare.sync.merge import Paths
from hubshare.sync.plan import Plan
from hubshare.sync.trees import Side
from hubshare.wire.agent import LISTS_MOST, Outcome, Push, are_long, in_parts, new_id, path_bytes
from hubshare_agents.checkout import deletion_guard, snapshot
from hubshare_agents.checkout.brake import push_key
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.checkout.pause import Pause
from hubshare_agents.checkout.planning import settle
from hubshare_agents.checkout.state import PendingPush, Refusal

#: Room in a push for its trees, and at most this part of it.
_TREES_BYTES, _TREES_PART = 128 * MIB, 8
#: So many conflicts at most are told with one push.
_MOST_NAMED = 200_000


class Begun(NamedTuple):
    """The beginning of a push.

    Attributes:
        pending: the push under way; None when there is nothing to publish now.
        question: what a person is asked about deletions that wait, and nothing else with them.
    """

    pending: PendingPush | None
    question: Pause = Pause()


def edits(checkout: LocalCheckout, made: Plan, only: Iterable[str] | None = None) -> dict[str, Side]:
    """Return what a push would publish or tell: outgoing edits, and our side of conflicts that the centre does not know yet.

    Args:
        only: nothing but these paths and what lies below them.
    """
    found = {path: ours for path, (_, ours) in made.outgoing.items()}
    new = [found for found in made.conflicts if found.ours != found.theirs]
    new = [found for found in new if not checkout.state.knows_of(found.path, found.ours)]
    # What does not fit into one push is told with the next.
    for conflict in next(in_parts(new, lambda found: path_bytes(found.path), LISTS_MOST // 4, _MOST_NAMED), []):
        found[conflict.path] = conflict.ours
    if only is not None:
        wanted = Paths(only)
        found = {path: side for path, side in found.items() if wanted.touch(path)}
    return found


def begin(
    checkout: LocalCheckout,
    meant: Collection[str] = (),
    only: Iterable[str] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    shown: bool = False,
    held: Callable[[bytes], bool] = lambda key: False,
    attempts: int = 3,
    message: str = "",
) -> Begun:
    """Take a snapshot and remember it as under way; return the one that is under way, if there is one.

    Deletions that have to be confirmed wait, with what would take their place.

    Args:
        meant: paths that the person confirmed to be deleted.
        only: publish nothing but these paths and what lies below them.
        shown: a person waits, and is shown what is asked.
        held: whether a push, known by its `push_key`, is not to be sent now.
        progress: is told of (files packed, files in all).
        attempts: how often to begin while all that there is to publish is edited meanwhile.
        message: what a person says of it; what it does, if they say nothing.

    Raises:
        Forbidden: when the role is too small.
    """
    if checkout.state.pending is not None:
        return Begun(checkout.state.pending)
    made, question = settle(checkout), Pause()
    found, confirmed = edits(checkout, made, only), bool(meant)
    if not found:
        return Begun(None)
    if checkout.state.role == "reader":
        raise Forbidden(
            f"You are reader of {checkout.state.name}: your edits stay here. Ask its owner to make you writer."
        )
    changes = deletion_guard.outgoing(checkout, found, {conflict.path for conflict in made.conflicts})
    try:
        gone = deletion_guard.check_outgoing(checkout, changes, meant, shown)
    except Paused as asked:
        gone, question = 0, Pause.of(asked)
        found = deletion_guard.without_deletions(found, changes)
    if not found or held(push_key(checkout.state.base, found, checkout.state.settled, confirmed)):
        return Begun(None, question)
    event, settings, at = new_id(), checkout.settings, time.monotonic()
    target = checkout.pack_path(event)
    most = settings.max_push_bytes - min(_TREES_BYTES, settings.max_push_bytes // _TREES_PART)
    try:
        taken, left = snapshot.take(
            checkout.state, checkout.index, checkout.disk, found, target, most, confirmed, progress, message
        )
    except Cancelled:
        target.unlink(missing_ok=True)
        raise
    if left:
        checkout.read_again(left)
    if taken is None:
        target.unlink(missing_ok=True)
        # All that it would hold was edited meanwhile.
        if left and attempts > 1:
            return begin(checkout, meant, only, progress, shown, held, attempts - 1, message)
        return Begun(None, question)
    # What the state says to be there has to be there after a power loss.
    flush(target, target.parent)
    state, edited = checkout.state, Paths(found)
    named = [conflict.path for conflict in made.conflicts if edited.touch(conflict.path)]
    settled = next(in_parts(state.settled, path_bytes, LISTS_MOST // 4, _MOST_NAMED), [])
    push = Push(
        id=event,
        project=state.project,
        checkout=state.checkout,
        commit=taken.commit,
        upload=new_id() if target.stat().st_size > settings.inline_push_bytes else None,
        conflicts=named,
        settled=settled,
        lists=new_id() if are_long([*named, *settled]) else None,
        confirmed=confirmed,
    )
    pending = PendingPush(push, taken.tree, taken.sides)
    checkout.become(state.push_begun(pending, gone))
    checkout.push_begun = at
    return Begun(pending, question)


def confirm(checkout: LocalCheckout, only: Iterable[str] | None = None) -> frozenset[str]:
    """Return the deletions that a person confirms: those that they were asked about, if these are the ones that there are now.

    Args:
        only: nothing but these paths and what lies below them.

    Raises:
        Paused: when they are other ones.
    """
    return deletion_guard.meant_outgoing(checkout, _outgoing(checkout, only))


def question(checkout: LocalCheckout, shown: bool = True) -> Pause:
    """Return what a person is to be asked about the deletions that there are now, if anything.

    Args:
        shown: it counts as asked; otherwise what was asked before stays what may be confirmed.
    """
    try:
        deletion_guard.check_outgoing(checkout, _outgoing(checkout), (), shown=shown)
    except Paused as error:
        return Pause.of(error)
    return Pause()


def _outgoing(checkout: LocalCheckout, only: Iterable[str] | None = None) -> deletion_guard.Changes:
    made = settle(checkout)
    return deletion_guard.outgoing(
        checkout, edits(checkout, made, only), {conflict.path for conflict in made.conflicts}
    )


def key_of(checkout: LocalCheckout, pending: PendingPush) -> bytes:
    """The `push_key` of a push under way."""
    event = pending.event
    return push_key(checkout.state.base, pending.sides, tuple(event.settled), event.confirmed)


def answer(checkout: LocalCheckout, outcome: Outcome) -> bool:
    """Take in the answer to the push under way; return False when it is the answer to another one."""
    state = checkout.state
    if state.pending is None or state.pending.event.id != outcome.event:
        return False
    if outcome.status != "refused":
        if state.pending.waits:
            answered = state.push_answered(outcome)
            checkout.become(answered.deletions_pushed(time.time(), state.deleting) if state.deleting else answered)
    elif outcome.retry:
        drop(checkout)
    else:
        if outcome.code == Paused.code:
            deletion_guard.note_refused(checkout, deletion_guard.outgoing(checkout, state.pending.sides, ()))
        checkout.become(checkout.state.push_refused(Refusal(outcome.code, outcome.message)))
        drop_pack(checkout, state.pending)
    return True


def is_whole(checkout: LocalCheckout, pending: PendingPush) -> bool:
    """Whether the pack of a push is there; one that an earlier process has written, before a power loss perhaps, is read."""
    path = checkout.pack_path(pending.event.id)
    if not path.exists():
        return False
    if checkout.inherited == pending.event.id:
        try:
            with Pack(path, limits=None) as pack:
                if pending.event.commit not in pack:
                    return False
        except (BadPack, OSError):
            return False
        checkout.inherited = ""
    return True


def drop(checkout: LocalCheckout) -> None:
    """Forget the push under way; what is on disk is pushed anew."""
    pending = checkout.state.pending
    if pending is not None:
        checkout.become(checkout.state.push_dropped())
        drop_pack(checkout, pending)


def go_on_as(checkout: LocalCheckout, user: str) -> bool:
    """Go on in the name that the Hub has for the user now; return whether it is another one than before."""
    if not user or user == checkout.state.user:
        return False
    pending = checkout.state.pending
    checkout.become(checkout.state.user_renamed(user))
    if pending is not None:
        drop_pack(checkout, pending)
    return True


def drop_pack(checkout: LocalCheckout, pending: PendingPush) -> None:
    """Remove the pack of a push that is over. Where an agent dies before that, the next one does it."""
    checkout.pack_path(pending.event.id).unlink(missing_ok=True)


def forget_refusal(checkout: LocalCheckout) -> None:
    """Forget that a push was refused, so that it is tried again."""
    checkout.become(checkout.state.refusal_forgotten())
