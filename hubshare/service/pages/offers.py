"""The answer to what waits for one's yes; the first page lists it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response

from hubshare.operations import offers
from hubshare.operations.caller import Caller
from hubshare.service.pages.view import ThePages, see_other
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action

router = APIRouter(prefix="/offers", include_in_schema=False)


@router.post("/{offer}")
def post_answer(
    caller: Annotated[Caller, Depends(requires(Action.ACCEPT, "page"))],
    centre: TheCentre,
    pages: ThePages,
    offer: str,
    answer: Annotated[str, Form(pattern="^(yes|no|never)$")],
    name: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Accept it, decline it, or decline it and whatever else this person offers."""
    if answer != "yes":
        offers.decline_offer(caller, centre, offer=offer, always=answer == "never")
        return see_other(pages.at())
    taken = offers.accept_offer(caller, centre, offer=offer, name=name.strip() or None)
    return see_other(pages.at("teams", taken.name) if taken.kind == "team" else pages.at.project(taken.name))
