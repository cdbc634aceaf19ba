"""Earlier versions back in place, as edits of the checkout."""

from __future__ import annotations

from collections.abc import Iterable

from hubshare.errors import Clash, Paused
from hubshare.names import quoted
from hubshare.sync.plan import Plan
from hubshare.sync.trees import Entry
from hubshare_agents.checkout.disk import Changed
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.checkout.planning import settle


def restore(checkout: LocalCheckout, path: str, entry: Entry, content: Iterable[bytes]) -> None:
    """Put an earlier version in place as an edit; what is there now is kept first.

    Raises:
        Paused: when the path cannot be replaced.
        Clash: when it is being edited.
    """
    checkout.scan([path])
    row = checkout.index.row(path)
    if row.held:
        raise Paused(f"{quoted(path)} cannot be replaced: {row.held}.")
    if row.on_disk is not None and not checkout.index.knows(row.on_disk.id):
        checkout.stash.put(path, row.on_disk, "version of this folder, replaced by a restore")
    try:
        checkout.disk.write(path, entry, content, row.on_disk, row.seen)
    except Changed:
        raise Clash(
            f"{quoted(path)} is being edited, or something else is in its place: run the command again."
        ) from None
    checkout.scan([path])


def deleted_here(checkout: LocalCheckout, folder: str) -> Plan:
    """Return the plan that brings back what was deleted here and is still published.

    Args:
        folder: what lies below this path; "" for the whole checkout.
    """
    checkout.scan([folder])
    made = Plan()
    for path, (_, ours) in settle(checkout).outgoing.items():
        published = checkout.index.published(path)
        if ours is None and published is not None and (not folder or path.startswith(f"{folder}/")):
            made.write[path] = (None, published)
    return made
