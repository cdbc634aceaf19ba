"""Calls of the inbox."""

from __future__ import annotations

from datetime import datetime

from hubshare.client.call import Call, Listing, api, nothing, one
from hubshare.client.calls.verbs import listing
from hubshare.vocabulary import NotificationKind
from hubshare.wire import api as r


def notifications(
    everything: bool = False, page: int = 100, kind: NotificationKind | None = None
) -> Listing[r.Notification]:
    """What needs you, the newest first: conflicts, jobs that failed, access given or lost, invitations and the like.

    Args:
        everything: also what you have read, and what is settled.
        kind: only of this one.
    """
    return listing(api("me", "notifications"), r.Notification, page, everything=1 if everything else None, kind=kind)


def read_notification(number: int) -> Call[None]:
    """Say that you have read one thing."""
    return Call("POST", api("me", "notifications", str(number), "read"), nothing)


def read_notifications(until: datetime | None = None) -> Call[r.ReadCount]:
    """Say that you have read all that you were told.

    Args:
        until: only what was told until then, as the newest that you saw says; None for all.
    """
    told = until.isoformat() if until is not None else None
    return Call("POST", api("me", "notifications", "read"), one(r.ReadCount), body={"until": told})
