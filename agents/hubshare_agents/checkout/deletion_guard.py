"""The deletion guard of a checkout: many files are deleted only when a person has said that they are meant to be.

A person is asked once; what is confirmed is what they were shown last, and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping

from hubshare.sync.deletions import Deletions, count_left, deleted, digest, in_short, left_limit, must_be_confirmed
from hubshare.sync.merge import Paths
from hubshare.sync.plan import Plan
from hubshare.sync.trees import Side
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.checkout.pause import Pause

#: Path to what is there before and after.
Changes = Mapping[str, tuple[Side, Side]]


def outgoing(checkout: LocalCheckout, edits: Mapping[str, Side], unpublished: Collection[str]) -> Changes:
    """Return what a push would change in the project.

    Args:
        edits: path to what the push holds.
        unpublished: paths among them of which nothing is published: they are in conflict.
    """
    return {path: (checkout.index.published(path), side) for path, side in edits.items() if path not in unpublished}


def check_outgoing(checkout: LocalCheckout, changes: Changes, meant: Collection[str], shown: bool) -> int:
    """Stop before the deletions of a push go to everybody.

    Args:
        changes: of the project.
        meant: paths that the person confirmed to be deleted.
        shown: a person waits, and is shown the question; otherwise it waits for one, and stays the one that was asked.

    Returns:
        How many files are deleted without having been confirmed.

    Raises:
        Paused: until it is confirmed.
    """
    state, found = checkout.state, deleted(changes)
    gone = sum(path not in meant for path in found)
    question = _outgoing_question(checkout, changes, found, gone)
    if question:
        if shown or not state.asked:
            checkout.become(state.deletions_asked(digest(found)))
        raise question.error()
    if meant:
        checkout.become(state.deletions_confirmed(checkout.disk.identity()))
    elif state.asked and state.asked != digest(found):
        checkout.become(state.deletions_asked(""))
    return gone


def _outgoing_question(checkout: LocalCheckout, changes: Changes, found: Mapping[str, Side], gone: int) -> Pause:
    """Return what is to be confirmed, if anything is."""
    if not gone:
        return Pause()
    state = checkout.state
    names = in_short(found)
    if checkout.disk.identity() != state.identity:
        return Pause.question(
            f"{checkout.disk.root} is not the folder that it was, and {_files(gone)} {'are' if gone > 1 else 'is'} missing "
            f"in it ({names})",
            "if they are to be deleted in the project, run `hubshare push --confirm`",
            "push",
        )
    lately = sum(one.files for one in state.deleted_lately(time.time()))
    left = count_left(checkout.index.published_paths(), changes, left_limit(gone, lately))
    counted = Deletions(gone, lately, left)
    # What was asked once, here or by the centre, stays a question until it is answered.
    asked = state.asked == digest(found)
    if not asked and not must_be_confirmed(counted, checkout.settings.brake_deletions, each=state.mode != "auto"):
        return Pause()
    if lately:
        names += f", after {lately:,} just before"
    many = counted.together > 1
    return Pause.question(
        f"{_files(counted.together)} of {state.name} {'were' if many else 'was'} deleted here ({names})",
        f"if {'they are' if many else 'it is'} to be deleted for everybody, run `hubshare push --confirm`; to get "
        f"{'them' if many else 'it'} back, `hubshare restore .`",
        "push",
    )


def without_deletions(edits: Mapping[str, Side], changes: Changes) -> dict[str, Side]:
    """Return what of a push need not wait for an answer: neither what is deleted nor what takes its place.

    Args:
        edits: path to what the push holds.
        changes: of the project.
    """
    rest, waiting = dict(edits), deleted(changes)
    while waiting:
        places = Paths(waiting)
        rest = {path: side for path, side in rest.items() if not places.touch(path)}
        # What moved to where it has to wait would be deleted by now.
        waiting = deleted({path: sides for path, sides in changes.items() if path in rest})
    return rest


def meant_outgoing(checkout: LocalCheckout, changes: Changes) -> frozenset[str]:
    """Return the deletions that a person confirms: those that they were asked about, if they still are the same.

    Raises:
        Paused: when they are other ones, with the question about those.
    """
    found = deleted(changes)
    if found and checkout.state.asked == digest(found):
        return frozenset(found)
    check_outgoing(checkout, changes, (), shown=True)
    return frozenset()


def note_refused(checkout: LocalCheckout, changes: Changes) -> None:
    """The centre asked about the deletions of a push."""
    checkout.become(checkout.state.deletions_asked(digest(deleted(changes))))


def check_incoming(
    checkout: LocalCheckout, made: Plan, confirmed: bool, shown: bool, whole: bool = True
) -> tuple[Plan, Pause]:
    """Stop before many files are deleted here.

    Args:
        confirmed: the person here confirms what they were asked about.
        shown: a person waits, and is shown the question.
        whole: the plan is of all that is to be pulled; else what is confirmed is confirmed for this plan alone.

    Returns:
        What of the plan may be carried out now; and the question about the rest, which waits until it is confirmed, by the
        person here or by whoever published it.
    """
    state = checkout.state
    changes: dict[str, tuple[Side, Side]] = {
        **made.write,
        **{path: (local, None) for path, local in made.delete.items()},
    }
    found = deleted(changes)
    mark = digest(found)
    if found and confirmed and state.asked_here == mark:
        checkout.become(state.deletions_here_meant(whole).deletions_here_asked(""))
        return made, Pause()
    if not found or state.meant:
        return made, Pause()
    left = count_left(checkout.index.paths(), changes, left_limit(len(found), 0))
    asked = state.asked_here == mark
    if not asked and not must_be_confirmed(Deletions(len(found), 0, left), checkout.settings.brake_deletions):
        return made, Pause()
    if shown or not state.asked_here:
        checkout.become(state.deletions_here_asked(mark))
    rest = without_deletions({path: after for path, (_, after) in changes.items()}, changes)
    allowed = Plan(
        write={path: sides for path, sides in made.write.items() if path in rest},
        delete={path: local for path, local in made.delete.items() if path in rest},
    )
    return allowed, Pause.question(
        f"This update of {state.name} deletes {_files(len(found))} here ({in_short(found)})",
        "look at `hubshare pull --dry-run`, then run `hubshare pull --confirm`",
        "pull",
    )


def note_brought(checkout: LocalCheckout) -> None:
    """All that was published is on disk: what was asked and said about its deletions is over."""
    state = checkout.state
    if state.meant or state.asked_here:
        checkout.become(state.deletions_here_meant(False).deletions_here_asked(""))


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"
