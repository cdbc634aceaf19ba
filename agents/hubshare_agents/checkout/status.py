"""The status of a checkout, as plain values for `hubshare status` and everything else that shows it."""

from __future__ import annotations

from typing import Any

from hubshare.sync.ignore import twins
from hubshare.sync.trees import Side
from hubshare_agents.checkout.folder import Folder

#: Names are compared for twins only in checkouts up to this many files.
_TWINS_MOST = 20_000


def describe(folder: Folder) -> dict[str, Any]:
    """Everything that a person may want to know, as plain values."""
    made = folder.settle()
    pending = folder.pending
    lost = folder.index.get("lost")
    return {
        "project": folder.name,
        "folder": str(folder.disk.root),
        "mode": folder.mode,
        "role": folder.role,
        "policy": folder.policy,
        "outputs": folder.index.get("outputs", "share"),
        "version": folder.number,
        "files": folder.index.count(),
        "outgoing": [{"path": path, "change": _change(*sides)} for path, sides in made.outgoing.items()],
        "incoming": [
            *({"path": path, "change": _change(local, new)} for path, (local, new) in made.write.items()),
            *({"path": path, "change": "deleted"} for path in made.delete),
        ],
        "conflicts": [{"path": conflict.path, "kind": conflict.kind} for conflict in made.conflicts],
        "held": made.held,
        "unshared": {path: why for path, why in folder.index.unshared().items() if path not in made.held},
        "twins": [list(pair) for pair in twins(folder.index.paths())] if folder.index.count() <= _TWINS_MOST else [],
        "pushing": pending is not None,
        "refused": folder.index.get("refused"),
        "lost": lost,
    }


def _change(old: Side, new: Side) -> str:
    return "deleted" if new is None else "added" if old is None else "edited"
