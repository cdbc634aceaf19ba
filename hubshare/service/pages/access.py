"""Who may do what with a project, and why: roles that were given, invitations, and the log of what was done."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, Response

from hubshare.errors import HubShareError
from hubshare.operations import access, invitations
from hubshare.operations.caller import Caller
from hubshare.operations.projects import change_settings
from hubshare.project_settings import SETTINGS
from hubshare.service.pages.project_request import ProjectRequest, TheProjectRequest
from hubshare.service.pages.view import see_other
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheDirectory
from hubshare.store import audit, grants
from hubshare.store import invitations as stored
from hubshare.store.access.actions import Action
from hubshare.vocabulary import GrantedRole, VisibilityName
from hubshare.wire.api.access import NewInvitation

router = APIRouter(prefix="/projects/{owner}/{name}", include_in_schema=False)

Granting = Annotated[Caller, Depends(requires(Action.GRANT, "page"))]

#: What each role means.
ROLES = {
    "reader": "reads, and checks it out",
    "writer": "publishes changes too",
    "admin": "lets people in too, and changes settings",
}
_AUDIT = 50


@router.get("/access")
def get_access(
    caller: Annotated[Caller, Depends(requires(Action.SEE_ACCESS, "page"))],
    visit: TheProjectRequest,
) -> HTMLResponse:
    """Everybody with a role, and what gives it."""
    return _page(caller, visit)


@router.post("/access/visibility")
def post_visibility(
    caller: Annotated[Caller, Depends(requires(Action.CONFIGURE, "page"))],
    visit: TheProjectRequest,
    visibility: Annotated[VisibilityName, Form()],
) -> Response:
    """Say for whom the project is."""
    made = change_settings(caller, visit.centre, owner=visit.owner, name=visit.name, changes={"visibility": visibility})
    return visit.see("access", full=made.name)


@router.post("/access/grants")
def post_grant(
    caller: Granting,
    visit: TheProjectRequest,
    directory: TheDirectory,
    role: Annotated[GrantedRole, Form()],
    to: Annotated[str, Form(max_length=255)],
    kind: Annotated[str, Form(pattern="^(user|team|group)$")] = "user",
    meant: Annotated[str, Form(max_length=255)] = "",
) -> Response:
    """Give a role, or change it; `meant` is the name that was confirmed although the Hub does not know it."""
    try:
        subject = f"{kind}:{to.strip()}"
        access.put_grant(
            caller,
            visit.centre,
            directory,
            owner=visit.owner,
            name=visit.name,
            subject=subject,
            role=role,
            check=meant != to.strip(),
        )
    except HubShareError as error:
        filled = {"kind": kind, "to": to, "role": role}
        return _page(caller, visit, error, filled=filled)
    return visit.see("access")


@router.post("/access/revoke")
def post_revoke(
    caller: Granting,
    visit: TheProjectRequest,
    subject: Annotated[str, Form(max_length=300)],
) -> Response:
    """Take a role away, and show what that stopped."""
    with visit.centre.database.read() as session:
        # Before, since people may take their own role away.
        place = visit.view(session, caller)
    try:
        reports = access.delete_grant(caller, visit.centre, owner=visit.owner, name=visit.name, subject=subject)
    except HubShareError as error:
        return _page(caller, visit, error)
    return visit.show(caller, "revoked.html.j2", place, reports=reports, subject=subject)


@router.post("/access/invitations")
def post_invitation(
    caller: Granting,
    visit: TheProjectRequest,
    role: Annotated[GrantedRole, Form()] = "reader",
    days: Annotated[float, Form(gt=0, le=366)] = 7,
    uses: Annotated[int, Form(ge=1, le=100_000)] = 1,
) -> Response:
    """Make a link. The answer is the one page that shows it, so it is no redirect."""
    wanted = NewInvitation(role=role, days=days, uses=uses)
    try:
        made = invitations.create_invitation(caller, visit.centre, owner=visit.owner, name=visit.name, wanted=wanted)
    except HubShareError as error:
        return _page(caller, visit, error)
    link = f"{str(visit.request.base_url).rstrip('/')}{visit.pages.at('invite', made.secret or '')}"
    return _page(caller, visit, made=made, link=link)


@router.post("/access/invitations/{invitation}/withdraw")
def post_withdraw(caller: Granting, visit: TheProjectRequest, invitation: str) -> Response:
    """Take an invitation back."""
    invitations.delete_invitation(caller, visit.centre, owner=visit.owner, name=visit.name, invitation=invitation)
    return see_other(f"{visit.pages.at('projects', visit.owner, visit.name, 'access')}#invitations")


@router.get("/audit")
def get_audit(
    caller: Annotated[Caller, Depends(requires(Action.SEE_AUDIT, "page"))],
    visit: TheProjectRequest,
    before: int | None = None,
) -> HTMLResponse:
    """What was done to the project, the newest first."""
    with visit.centre.database.read() as session:
        place = visit.view(session, caller)
        rows = audit.entries(session, project=place.project.id, before=before, most=_AUDIT + 1)
    older = rows[_AUDIT - 1].id if len(rows) > _AUDIT else None
    address = visit.pages.at.project(place.full_name, "audit")
    return visit.show(caller, "audit.html.j2", place, rows=rows[:_AUDIT], older=older, before=before, address=address)


def _page(caller: Caller, visit: ProjectRequest, problem: HubShareError | None = None, **values: Any) -> HTMLResponse:
    """The page of all access.

    Args:
        problem: why what was asked for was not done.
        values: what was filled in, or the invitation that was made.

    Raises:
        HubShareError: when the person may not see it.
    """
    with visit.centre.database.read() as session:
        place = visit.view(session, caller)
        may_grant = Action.GRANT in place.may
        return visit.show(
            caller,
            "access.html.j2",
            place,
            problem,
            who=access.people_of(session, caller, place.project),
            grants=grants.grants(session, place.project),
            invitations=stored.invitations(session, place.project) if may_grant else [],
            may_grant=may_grant,
            visibilities=SETTINGS["visibility"].choices,
            roles=ROLES,
            **{"filled": {"kind": "user", "to": "", "role": "reader"}, "made": None, "link": ""} | values,
        )
