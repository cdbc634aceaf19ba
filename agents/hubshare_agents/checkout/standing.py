"""How a checkout stands with its project and its person: role, name, outputs, access; mode and policy."""

from __future__ import annotations

from hubshare.vocabulary import ModeName, OutputsName, PolicyName, RoleName
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.checkout.pushing import drop_pack


def take(checkout: LocalCheckout, role: RoleName, name: str, outputs: OutputsName) -> bool:
    """Take in what the centre says of the person's role and of the project's name and outputs.

    Returns:
        Whether that changes what the checkout may or should share, so that all of it is to be looked at.
    """
    state = checkout.state
    changed = state.role != role or state.name != name or bool(state.lost)
    if changed:
        checkout.become(state.standing_changed(role, name))
    return _set_outputs(checkout, outputs) or changed


def _set_outputs(checkout: LocalCheckout, outputs: OutputsName) -> bool:
    """Share the outputs of notebooks from now on, or strip them; return whether that is new."""
    if outputs == checkout.state.outputs:
        return False
    with checkout.transaction():
        checkout.become(checkout.state.outputs_changed(outputs))
        checkout.index.look_again(".ipynb")
    return True


def lose_access(checkout: LocalCheckout, why: str) -> None:
    """Note that access was lost; files and edits stay.

    Args:
        why: in words for the person.
    """
    pending = checkout.state.pending
    checkout.become(checkout.state.access_lost(why))
    if pending is not None:
        drop_pack(checkout, pending)


def set_mode(checkout: LocalCheckout, mode: ModeName) -> None:
    """Have it sync by itself from now on, or only when it is told to."""
    checkout.become(checkout.state.mode_set(mode))


def set_policy(checkout: LocalCheckout, policy: PolicyName) -> None:
    """Set what becomes of its conflicts."""
    checkout.become(checkout.state.policy_set(policy))
