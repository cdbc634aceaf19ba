"""What differs between a checkout's folder and its project, and what is to be done about it."""

from __future__ import annotations

from hubshare.sync.plan import Plan, plan
from hubshare_agents.checkout import conflicts
from hubshare_agents.checkout.local_checkout import LocalCheckout


def settle(checkout: LocalCheckout) -> Plan:
    """Return the plan, after what needs no decision has been noted: equal sides agree, a standing policy picks."""
    made = _plan(checkout)
    if made.converged:
        with checkout.transaction():
            for path, side in made.converged.items():
                checkout.index.agree(path, side, side)
            conflicts.note_settled(checkout, made.converged)
        made = _plan(checkout)
    conflicts.note_over(checkout, made)
    if made.conflicts and checkout.state.policy == "ours":
        conflicts.pick_ours(checkout, [conflict.path for conflict in made.conflicts])
        made = _plan(checkout)
    return made


def _plan(checkout: LocalCheckout) -> Plan:
    made = plan(checkout.index.differing(), checkout.index)
    nested: dict[str, bool] = {}
    for path in [*made.write, *made.delete]:
        parent = path.rpartition("/")[0]
        if parent not in nested:
            nested[parent] = bool(parent) and checkout.scanner.nested(parent)
        if nested[parent]:
            made.write.pop(path, None)
            made.delete.pop(path, None)
            made.held[path] = "its folder has a git repository of its own, which HubShare leaves alone"
    return made
