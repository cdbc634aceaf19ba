"""Whether all parts of the centre are well."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from hubshare.operations.caller import Caller
from hubshare.operations.health import check_health
from hubshare.service.background.readiness import Parts
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action
from hubshare.wire.api.hub import Health, Readiness

router = APIRouter(tags=["service"])


@router.get("/health", responses={503: {"model": Health, "description": "One of them is not well."}})
def health(
    caller: Annotated[Caller, Depends(requires(Action.HEALTH))], centre: TheCentre, response: Response
) -> Health:
    """`ok` for database, Redis and workers; 503 when one of them is not."""
    found = check_health(centre)
    response.status_code = 200 if found.status == "ok" else 503
    return found


@router.get("/health/ready", responses={503: {"model": Readiness, "description": "It cannot."}})
async def ready(
    _: Annotated[Caller, Depends(requires(Action.HEALTH))], request: Request, response: Response
) -> Readiness:
    """Whether the centre can work for people at this moment, within five seconds; 503 when it cannot."""
    parts: Parts = request.app.state.parts
    found = await parts.look()
    response.status_code = 200 if found.ready else 503
    return found
