"""Checkouts, and how fresh they are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from hubshare.operations import checkouts
from hubshare.operations.caller import Caller
from hubshare.service.api import After, Limit
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action
from hubshare.wire.api.base import Page
from hubshare.wire.api.checkouts import Begun, Checkout, NewCheckout

router = APIRouter(tags=["checkouts"])


@router.post("/checkouts", status_code=201)
def create_checkout(
    caller: Annotated[Caller, Depends(requires(Action.CHECK_OUT))], centre: TheCentre, wanted: NewCheckout
) -> Begun:
    """Register a folder as a checkout; from then on your agents are told of updates."""
    return checkouts.create_checkout(caller, centre, wanted=wanted)


@router.delete("/checkouts/{checkout}", status_code=204)
def delete_checkout(
    caller: Annotated[Caller, Depends(requires(Action.SYNC))], centre: TheCentre, checkout: str
) -> None:
    """Forget a checkout of yours; its files stay."""
    checkouts.delete_checkout(caller, centre, checkout=checkout)


@router.get("/checkouts")
def list_my_checkouts(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN))],
    centre: TheCentre,
    after: After = None,
    limit: Limit = 100,
) -> Page[Checkout]:
    """Your checkouts, on all your servers, as far as you may still read their projects."""
    return checkouts.list_my_checkouts(caller, centre, after=after, limit=limit)


@router.get("/projects/{owner}/{name}/checkouts")
def list_checkouts(
    caller: Annotated[Caller, Depends(requires(Action.SEE_ACCESS))],
    centre: TheCentre,
    owner: str,
    name: str,
    after: After = None,
    limit: Limit = 100,
) -> Page[Checkout]:
    """All checkouts of a project, and how fresh each is."""
    return checkouts.list_checkouts(caller, centre, owner=owner, name=name, after=after, limit=limit)
