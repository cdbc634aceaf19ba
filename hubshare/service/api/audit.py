"""The audit log, for those whom it concerns."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from hubshare.operations import audit
from hubshare.operations.caller import Caller
from hubshare.service.api import After, Limit
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action
from hubshare.wire.api.base import Page
from hubshare.wire.api.hub import AuditEntry

router = APIRouter(tags=["audit"])


@router.get("/projects/{owner}/{name}/audit")
def project_audit(
    caller: Annotated[Caller, Depends(requires(Action.SEE_AUDIT))],
    centre: TheCentre,
    owner: str,
    name: str,
    after: After = None,
    limit: Limit = 100,
) -> Page[AuditEntry]:
    """What was done to a project, the newest first."""
    return audit.read_project_audit(caller, centre, owner=owner, name=name, after=after, limit=limit)


@router.get("/teams/{team}/audit")
def team_audit(
    caller: Annotated[Caller, Depends(requires(Action.SEE_TEAM_AUDIT))],
    centre: TheCentre,
    team: str,
    after: After = None,
    limit: Limit = 100,
) -> Page[AuditEntry]:
    """What was done to a team and the projects that it owns, the newest first."""
    return audit.read_team_audit(caller, centre, team=team, after=after, limit=limit)


@router.get("/audit")
def hub_audit(
    caller: Annotated[Caller, Depends(requires(Action.SEE_ALL_AUDIT))],
    centre: TheCentre,
    after: After = None,
    limit: Limit = 100,
) -> Page[AuditEntry]:
    """What was done on the whole Hub, the newest first; for admins of the Hub."""
    return audit.read_hub_audit(caller, centre, after=after, limit=limit)
