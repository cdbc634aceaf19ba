"""What agents ask for themselves: a Hub token is traded for short-lived Redis credentials; where a push stands."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from hubshare.operations import sessions
from hubshare.operations.caller import Caller
from hubshare.operations.ops.places import place_of_push
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action
from hubshare.wire.api.agents import NewSession, PlaceInLine, Session

router = APIRouter(prefix="/agent", tags=["agent"])


@router.post("/session", status_code=201)
def open_session(
    caller: Annotated[Caller, Depends(requires(Action.SYNC))], centre: TheCentre, wanted: NewSession
) -> Session:
    """Make Redis credentials for the agent of the signed-in user; the same server's earlier ones end."""
    return sessions.open_session(caller, centre, wanted=wanted)


@router.get("/place")
def get_place_in_line(
    caller: Annotated[Caller, Depends(requires(Action.SYNC))],
    centre: TheCentre,
    entry: Annotated[str, Query(pattern=r"^[0-9]{1,20}-[0-9]{1,20}$", description="Its id on your outbox.")],
) -> PlaceInLine:
    """Where a push of yours stands that has not been answered."""
    return place_of_push(caller, centre, entry=entry)
