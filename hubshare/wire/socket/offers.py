"""What waits for one's yes."""

from __future__ import annotations

from pydantic import Field

from hubshare.wire.api.offers import Offer, Taken
from hubshare.wire.socket.base import Answer, Arguments, Command


class ListOffers(Arguments):
    """List the teams and projects that others want to give to me."""


class Offers(Answer):
    """What waits for an answer."""

    offers: list[Offer]


class AcceptOffer(Arguments):
    """Accept an offer."""

    offer: str = Field(description="Its id.")
    name: str | None = Field(None, description="Another name for the project.")


class DeclineOffer(Arguments):
    """Decline an offer."""

    offer: str = Field(description="Its id.")
    always: bool = Field(False, description="Hear of nothing more that this person offers.")


class Declined(Answer):
    """An offer that was declined."""

    declined: str = Field(description="Its id.")
    always: bool


COMMANDS = {
    "offers": Command(ListOffers, Offers, "person"),
    "accept": Command(AcceptOffer, Taken, "person"),
    "decline": Command(DeclineOffer, Declined, "person"),
}
