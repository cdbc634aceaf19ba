"""Calls of checkouts and the conflicts in them."""

from __future__ import annotations

from hubshare.client.call import Call, Listing, api, project_path
from hubshare.client.calls.verbs import create, delete, get, listing, put
from hubshare.wire import api as r


def checkouts(page: int = 500) -> Listing[r.Checkout]:
    """Your checkouts, on all your servers, as far as you may still read their projects."""
    return listing(api("checkouts"), r.Checkout, page)


def project_checkouts(project: str, page: int = 500) -> Listing[r.Checkout]:
    """All checkouts of a project, and how fresh each is."""
    return listing(project_path(project, "checkouts"), r.Checkout, page)


def create_checkout(project: str, server: str, folder: str) -> Call[r.Begun]:
    """Register a folder as a checkout; from then on your agents are told of updates.

    Args:
        server: name of the single-user server.
        folder: its path there, for people to read.
    """
    return create(api("checkouts"), r.Begun, {"project": project, "server": server, "folder": folder})


def delete_checkout(checkout: str) -> Call[None]:
    """Forget a checkout of yours; its files stay."""
    return delete(api("checkouts", checkout))


def conflicts(page: int = 500) -> Listing[r.Conflict]:
    """The open conflicts in all your checkouts, as far as they have been pushed and you may read the projects."""
    return listing(api("conflicts"), r.Conflict, page)


def conflict(conflict: str) -> Call[r.ConflictSides]:
    """One conflict of yours, with what both sides hold."""
    return get(api("conflicts", conflict), r.ConflictSides)


def conflict_file(conflict: str) -> Call[bytes]:
    """The checkout's version of a path in conflict."""
    return Call("GET", api("conflicts", conflict, "ours"), bytes, repeat=True)


def pick_ours(conflict: str, ours: str | None, theirs: str | None) -> Call[r.Settled]:
    """Settle a conflict for your version, which is published.

    Args:
        ours, theirs: ids of the contents that you have seen; None for a deletion.
    """
    body = {"ours": ours, "theirs": theirs}
    return put(api("conflicts", conflict, "ours"), r.Settled, body, repeat=False)


def pick_theirs(conflict: str, ours: str | None, theirs: str | None) -> Call[r.Settled]:
    """Settle a conflict for the published version; arguments as for `pick_ours`."""
    body = {"ours": ours, "theirs": theirs}
    return put(api("conflicts", conflict, "theirs"), r.Settled, body, repeat=False)
