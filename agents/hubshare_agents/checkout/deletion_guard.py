"""The deletion guard of a checkout: many files are deleted only when a person has said that they are meant to be."""

from __future__ import annotations

import time

from hubshare.errors import Paused
from hubshare.sync.plan import Plan
from hubshare_agents.checkout.local_checkout import LocalCheckout


def check_outgoing(checkout: LocalCheckout, gone: int, confirmed: bool) -> None:
    """Stop before the deletions of a push go to everybody.

    Args:
        gone: how many files the push deletes.
        confirmed: the person said that they are meant to be deleted.

    Raises:
        Paused: until it is confirmed.
    """
    state, identity = checkout.state, checkout.disk.identity()
    lately = sum(one.files for one in state.deleted_lately(time.time())) if state.mode == "auto" else 0
    if confirmed:
        checkout.become(state.deletions_confirmed(identity))
    elif gone and identity != state.identity:
        raise Paused(
            f"{checkout.disk.root} is not the folder that it was, and {gone:,} files are missing in it: if they are to be "
            "deleted in the project, run `hubshare push --confirm`."
        )
    elif gone and gone + lately > checkout.settings.brake_deletions:
        raise Paused(
            f"{gone + lately:,} files of {state.name} were deleted here: if they are to be deleted for everybody, run "
            "`hubshare push --confirm`; to get them back, `hubshare restore .`"
        )


def check_incoming(checkout: LocalCheckout, made: Plan, confirmed: bool) -> None:
    """Stop before many files are deleted here.

    Raises:
        Paused: until it is confirmed.
    """
    if len(made.delete) > checkout.settings.brake_deletions and not confirmed:
        raise Paused(
            f"This update of {checkout.state.name} deletes {len(made.delete):,} files here: look at `hubshare pull --dry-run`, "
            "then run `hubshare pull --confirm`."
        )
