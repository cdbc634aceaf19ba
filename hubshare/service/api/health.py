"""Whether all parts of the centre are well."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from sqlalchemy import text

from hubshare import jobs
from hubshare.operations.caller import Caller
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
    found = {"database": "ok", "redis": "ok", "workers": "ok"}
    try:
        with centre.database.read() as session:
            session.execute(text("SELECT 1"))
    except Exception:
        found["database"] = "does not answer"
    try:
        if not jobs.alive(centre.bus.redis):
            found["workers"] = "none is running"
    except Exception:
        found["redis"], found["workers"] = "does not answer", "unknown"
    well = all(value == "ok" for value in found.values())
    response.status_code = 200 if well else 503
    return Health(status="ok" if well else "not well", **found)
