"""The status of a checkout, for `hubshare status` and everything else that shows it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Literal

from hubshare.sync.ignore import case_collisions
from hubshare.sync.plan import Plan
from hubshare.sync.portable import foreign_fault
from hubshare.sync.trees import Side
from hubshare.wire.socket.base import OpenConflict, WaitsFields
from hubshare.wire.socket.syncing import CheckoutStatus, Refusal, StatusChange
from hubshare_agents.checkout import conflicts
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.checkout.pause import Pause
from hubshare_agents.checkout.planning import settle
from hubshare_agents.checkout.stash import WRITTEN_LATER

#: Names are compared with one another only in checkouts up to this many files.
_MOST_COMPARED = 20_000
#: Why a path waits that is written again and again.
RESTLESS = "it is written without a pause; it is shared as soon as it can be read whole"
#: How long is told what was kept unasked, in seconds.
_LATELY_SECONDS = 7 * 86_400.0


def describe(
    checkout: LocalCheckout, pause: Pause, offline: str, unwatched: str, restless: Iterable[str] = ()
) -> CheckoutStatus:
    """Return everything that a person may want to know.

    Args:
        pause: what a person has to do before it goes on.
        offline: why the centre cannot be reached, or "".
        unwatched: why changes are not noticed at once, or "".
        restless: paths that are written without a pause.
    """
    made, state, index = settle(checkout), checkout.state, checkout.index
    files = index.count()
    return CheckoutStatus(
        project=state.name,
        folder=state.root,
        mode=state.mode,
        role=state.role,
        policy=state.policy,
        outputs=state.outputs,
        version=state.number,
        files=files,
        outgoing=[StatusChange(path=path, change=_change(*sides)) for path, sides in made.outgoing.items()],
        incoming=[
            *(StatusChange(path=path, change=_change(local, new)) for path, (local, new) in made.write.items()),
            *(StatusChange(path=path, change="deleted") for path in made.delete),
        ],
        conflicts=[OpenConflict(path=conflict.path, kind=conflict.kind) for conflict in made.conflicts],
        held=made.held | dict.fromkeys(restless, RESTLESS) | checkout.documents.reasons(made.write, made.delete),
        unshared={path: why for path, why in index.unshared().items() if path not in made.held},
        twins=[list(pair) for pair in case_collisions(index.paths())] if files <= _MOST_COMPARED else [],
        foreign=foreign(index.paths()) if files <= _MOST_COMPARED else {},
        pushing=state.pending is not None,
        refused=Refusal(code=state.refused.code, message=state.refused.message) if state.refused else None,
        lost=state.lost,
        **told_apart(pause),
        offline=offline,
        unwatched=unwatched,
        remarks=_remarks(checkout, made),
    )


def told_apart(pause: Pause) -> WaitsFields:
    """Return how a checkout waits for a person, as it travels."""
    return {"paused": pause.message, "reason": pause.reason, "question": pause.answer}


def foreign(paths: Iterable[str]) -> dict[str, str]:
    """Return which of some paths other systems cannot hold, path to reason."""
    return {path: fault for path in paths if (fault := foreign_fault(path))}


def seen_last(checkout: LocalCheckout, known: CheckoutStatus | None) -> CheckoutStatus:
    """Return what is known of a checkout without a look at it, since something else is under way.

    Args:
        known: what was said last, if anything was.
    """
    state = checkout.state
    if known is None:
        known = CheckoutStatus(
            project=state.name,
            folder=state.root,
            mode=state.mode,
            role=state.role,
            policy=state.policy,
            outputs=state.outputs,
            version=state.number,
            files=checkout.index.count(),
            outgoing=[],
            incoming=[],
            conflicts=[],
            held={},
            unshared={},
            twins=[],
            pushing=False,
            refused=None,
            lost=state.lost,
            paused="",
            offline="",
            unwatched="",
        )
    return known.model_copy(update={"version": state.number, "mode": state.mode, "pushing": state.pending is not None})


def _remarks(checkout: LocalCheckout, made: Plan) -> list[str]:
    """Return what is worth knowing of the file system, and of files that programs have, or had, open."""
    known = checkout.state.file_system
    found = [*(known.remarks(checkout.rescan_seconds) if known else ()), *checkout.taken_out.remarks()]
    if checkout.state.policy == "theirs":
        found += [
            f"{one.path}: a program has it open to write to it; the policy picks the published version when it is closed."
            for one in made.conflicts
            if conflicts.is_written(checkout, one.path)
        ]
    later = {kept.path: kept for kept in reversed(checkout.index.kept()) if kept.why == WRITTEN_LATER}
    return found + [
        f"{path}: what a program wrote to it after it had been replaced is kept: `hubshare restore {path}` brings it back."
        for path, kept in later.items()
        if kept.time > time.time() - _LATELY_SECONDS and checkout.index.row(path).on_disk != kept.entry
    ]


def _change(old: Side, new: Side) -> Literal["added", "edited", "deleted"]:
    return "deleted" if new is None else "added" if old is None else "edited"
