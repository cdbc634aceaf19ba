"""The status of a checkout, as plain values for `hubshare status` and everything else that shows it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from hubshare.sync.ignore import case_collisions
from hubshare.sync.trees import Side
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.checkout.planning import settle

#: Names are compared with one another only in checkouts up to this many files.
_MOST_COMPARED = 20_000


def describe(checkout: LocalCheckout) -> dict[str, Any]:
    """Return everything that a person may want to know, as plain values."""
    made, state, index = settle(checkout), checkout.state, checkout.index
    files = index.count()
    return {
        "project": state.name,
        "folder": state.root,
        "mode": state.mode,
        "role": state.role,
        "policy": state.policy,
        "outputs": state.outputs,
        "version": state.number,
        "files": files,
        "outgoing": [{"path": path, "change": _change(*sides)} for path, sides in made.outgoing.items()],
        "incoming": [
            *({"path": path, "change": _change(local, new)} for path, (local, new) in made.write.items()),
            *({"path": path, "change": "deleted"} for path in made.delete),
        ],
        "conflicts": [{"path": conflict.path, "kind": conflict.kind} for conflict in made.conflicts],
        "held": made.held,
        "unshared": {path: why for path, why in index.unshared().items() if path not in made.held},
        "twins": [list(pair) for pair in case_collisions(index.paths())] if files <= _MOST_COMPARED else [],
        "pushing": state.pending is not None,
        "refused": asdict(state.refused) if state.refused is not None else None,
        "lost": state.lost,
    }


def _change(old: Side, new: Side) -> str:
    return "deleted" if new is None else "added" if old is None else "edited"
