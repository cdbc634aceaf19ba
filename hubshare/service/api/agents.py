"""Agent sessions: a Hub token is traded for short-lived Redis credentials."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from hubshare.operations import sessions
from hubshare.operations.caller import Caller
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action
from hubshare.wire.api.agents import NewSession, Session

router = APIRouter(prefix="/agent", tags=["agent"])


@router.post("/session", status_code=201)
def open_session(
    caller: Annotated[Caller, Depends(requires(Action.SYNC))], centre: TheCentre, wanted: NewSession
) -> Session:
    """Make Redis credentials for the agent of the signed-in user; the same server's earlier ones end."""
    return sessions.open_session(caller, centre, wanted=wanted)
