"""What servers use, by the API."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from hubshare.features.monitoring import operations
from hubshare.operations.caller import Caller
from hubshare.service.api import After, Limit
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action
from hubshare.store.usage import Sorting
from hubshare.wire.api.base import Page, ServerName
from hubshare.wire.api.usage import ServerUsage, UsageHistory, UsageNoted, UsageReport

router = APIRouter(tags=["usage"])

_Own = Annotated[Caller, Depends(requires(Action.BROWSE_OWN))]
_Seeing = Annotated[Caller, Depends(requires(Action.SEE_OPS))]
_Server = Annotated[ServerName, Query(description="Its name; empty for the default one.")]


@router.post("/agent/usage")
def report_usage(
    caller: Annotated[Caller, Depends(requires(Action.SYNC))], centre: TheCentre, said: UsageReport
) -> UsageNoted:
    """Say what a server of the signed-in user uses, and whether it is at work."""
    return operations.report_usage(caller, centre, said=said)


@router.get("/me/servers")
def list_own_servers(caller: _Own, centre: TheCentre) -> Page[ServerUsage]:
    """What your servers used when they were seen last."""
    return Page(items=operations.list_own(caller, centre))


@router.get("/me/servers/history")
def get_own_server_history(caller: _Own, centre: TheCentre, server: _Server = "") -> UsageHistory:
    """What a server of yours used: two days by five minutes, ninety by hours."""
    return operations.read_own_history(caller, centre, server=server)


@router.get("/ops/servers")
def list_servers(
    caller: _Seeing,
    centre: TheCentre,
    sort: Annotated[Sorting, Query(description="What there is most of in the first one.")] = "memory",
    user: Annotated[str, Query(max_length=255, pattern=r"^[^\x00]*$", description="Whose.")] = "",
    after: After = None,
    limit: Limit = 100,
) -> Page[ServerUsage]:
    """What everybody's servers use that were seen within the last hour."""
    return operations.list_all(caller, centre, sort=sort, user=user, after=after, limit=limit)


@router.get("/ops/servers/{user}/history")
def get_server_history(caller: _Seeing, centre: TheCentre, user: str, server: _Server = "") -> UsageHistory:
    """What a server of somebody used: two days by five minutes, ninety by hours."""
    return operations.read_history(caller, centre, user=user, server=server)
