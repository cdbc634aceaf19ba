"""The status of a checkout, for `hubshare status` and everything else that shows it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from hubshare.sync.ignore import case_collisions
from hubshare.sync.trees import Side
from hubshare.wire.socket.base import OpenConflict
from hubshare.wire.socket.syncing import CheckoutStatus, Refusal, StatusChange
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.checkout.planning import settle

#: Names are compared with one another only in checkouts up to this many files.
_MOST_COMPARED = 20_000
_RESTLESS = "it is written without a pause; it is shared as soon as it can be read whole"


def describe(
    checkout: LocalCheckout, paused: str, offline: str, unwatched: str, restless: Iterable[str] = ()
) -> CheckoutStatus:
    """Return everything that a person may want to know.

    Args:
        paused: what a person has to do before it goes on, or "".
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
        held=made.held | dict.fromkeys(restless, _RESTLESS) | checkout.documents.reasons(made.write, made.delete),
        unshared={path: why for path, why in index.unshared().items() if path not in made.held},
        twins=[list(pair) for pair in case_collisions(index.paths())] if files <= _MOST_COMPARED else [],
        pushing=state.pending is not None,
        refused=Refusal(code=state.refused.code, message=state.refused.message) if state.refused else None,
        lost=state.lost,
        paused=paused,
        offline=offline,
        unwatched=unwatched,
    )


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


def _change(old: Side, new: Side) -> Literal["added", "edited", "deleted"]:
    return "deleted" if new is None else "added" if old is None else "edited"
