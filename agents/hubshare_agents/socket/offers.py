"""What waits for one's yes."""

from __future__ import annotations

from hubshare.client import calls
from hubshare.wire.socket.offers import Declined, Offers
from hubshare_agents.socket.handler import Handler, ServiceCall

HANDLERS: dict[str, Handler] = {
    "offers": ServiceCall(calls.offers.offers, lambda _, found: Offers(offers=found)),
    "accept": ServiceCall(calls.offers.accept_offer),
    "decline": ServiceCall(
        calls.offers.decline_offer, lambda args, _: Declined(declined=args["offer"], always=args["always"])
    ),
}
