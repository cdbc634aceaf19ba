"""Whether all parts of the centre are well."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from hubshare.operations.caller import Caller
from hubshare.operations.health import check_health
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action
from hubshare.wire.api.hub import Health

router = APIRouter(tags=["service"])


@router.get("/health", responses={503: {"model": Health, "description": "One of them is not well."}})
def health(
    caller: Annotated[Caller, Depends(requires(Action.HEALTH))], centre: TheCentre, response: Response
) -> Health:
    """`ok` for database, Redis and workers; 503 when one of them is not."""
    found = check_health(centre)
    response.status_code = 200 if found.status == "ok" else 503
    return found
