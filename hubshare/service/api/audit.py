"""The audit log, for those whom it concerns."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from hubshare.errors import Forbidden
from hubshare.operations.caller import Caller
from hubshare.operations.cursor import decode_cursor, encode_cursor
from hubshare.service.api import After, Limit
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store import audit
from hubshare.store.access.actions import Action
from hubshare.store.models import AuditEntry as Row
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
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        return _page(audit.entries(session, project=project.id, before=_before(after), most=limit + 1), limit)


@router.get("/teams/{team}/audit")
def team_audit(
    caller: Annotated[Caller, Depends(requires(Action.SEE_TEAM_AUDIT))],
    centre: TheCentre,
    team: str,
    after: After = None,
    limit: Limit = 100,
) -> Page[AuditEntry]:
    """What was done to a team and the projects that it owns, the newest first."""
    with centre.database.read() as session:
        found, _ = caller.team(session, team)
        return _page(audit.entries(session, team=found.id, before=_before(after), most=limit + 1), limit)


@router.get("/audit")
def hub_audit(
    caller: Annotated[Caller, Depends(requires(Action.SEE_ALL_AUDIT))],
    centre: TheCentre,
    after: After = None,
    limit: Limit = 100,
) -> Page[AuditEntry]:
    """What was done on the whole Hub, the newest first; for admins of the Hub."""
    if not caller.hub_admin:
        raise Forbidden("Only admins of the Hub see the audit log of the whole Hub.")
    with centre.database.read() as session:
        return _page(audit.entries(session, before=_before(after), most=limit + 1), limit)


def _before(after: str | None) -> int | None:
    begin = decode_cursor(after, int)
    return int(begin[0]) if begin else None


def _page(rows: list[Row], limit: int) -> Page[AuditEntry]:
    items = [AuditEntry.model_validate(row, from_attributes=True) for row in rows[:limit]]
    return Page(items=items, next=encode_cursor(items[-1].id) if len(rows) > limit else None)
