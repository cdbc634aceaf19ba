"""Calls of what waits for one's yes."""

from __future__ import annotations

from hubshare.client.call import Call, Listing, api, nothing, one
from hubshare.client.calls.verbs import given, listing
from hubshare.wire import api as r


def offers() -> Listing[r.Offer]:
    """Teams and projects that others want to give you; nothing is yours before you accept it."""
    return listing(api("offers"), r.Offer)


def accept_offer(offer: str, name: str | None = None) -> Call[r.Taken]:
    """Accept an offer: you are in the team, or own the project.

    Args:
        name: for the project, where you want another one than the giver.
    """
    return Call("POST", api("offers", offer, "accept"), one(r.Taken), body=given(name=name))


def decline_offer(offer: str, always: bool = False) -> Call[None]:
    """Decline an offer.

    Args:
        always: you want to hear of no offer of this person any more.
    """
    return Call("POST", api("offers", offer, "decline"), nothing, body={"always": always})
