"""What waits for one's yes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from hubshare.operations import offers
from hubshare.operations.caller import Caller
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action
from hubshare.wire.api.base import Page
from hubshare.wire.api.offers import No, Offer, Taken, Yes

router = APIRouter(prefix="/offers", tags=["me"])


@router.get("")
def list_offers(caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN))], centre: TheCentre) -> Page[Offer]:
    """Teams and projects that others want to give you; nothing is yours before you accept it."""
    return Page(items=offers.list_offers(caller, centre))


@router.post("/{offer}/accept")
def accept_offer(
    caller: Annotated[Caller, Depends(requires(Action.ACCEPT))], centre: TheCentre, offer: str, wanted: Yes
) -> Taken:
    """Accept one: you are in the team, or own the project."""
    return offers.accept_offer(caller, centre, offer=offer, name=wanted.name)


@router.post("/{offer}/decline", status_code=204)
def decline_offer(
    caller: Annotated[Caller, Depends(requires(Action.ACCEPT))], centre: TheCentre, offer: str, wanted: No
) -> None:
    """Decline one; with `always` you hear of no offer of this person any more, and the person is not told."""
    offers.decline_offer(caller, centre, offer=offer, always=wanted.always)
