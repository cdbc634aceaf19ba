"""Who may do what with a project, and why: roles that were given, invitations, and the log of what was done."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from hubshare.centre import Centre
from hubshare.errors import HubShareError
from hubshare.resources import GrantedRole, NewGrant, NewInvitation, ProjectChange, VisibilityName
from hubshare.service.api import TheCentre, TheGroups
from hubshare.service.api import access as api
from hubshare.service.api.projects import change_project
from hubshare.service.asking import Asked, asking
from hubshare.service.pages.place import find_place
from hubshare.service.pages.view import Pages, ThePages, see_other
from hubshare.store import audit, grants, invitations
from hubshare.store.actions import Action

router = APIRouter(prefix="/projects/{owner}/{name}", include_in_schema=False)

Granting = Annotated[Asked, Depends(asking(Action.GRANT, "page"))]

#: What each visibility and each role means.
VISIBILITIES = {
    "private": ("Private", "Only those who have a role."),
    "hub": ("Everybody on this Hub", "Whoever is signed in can look at it and check it out. Writing needs a role."),
    "public": ("Public", "Anybody who has the address can look at it and clone it, also without signing in."),
}
ROLES = {
    "reader": "reads, and checks it out",
    "writer": "publishes changes too",
    "admin": "lets people in too, and changes settings",
}
_AUDIT = 50


@router.get("/access")
def get_access(
    asked: Annotated[Asked, Depends(asking(Action.SEE_ACCESS, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    owner: str,
    name: str,
) -> HTMLResponse:
    """Everybody with a role, and what gives it."""
    return _page(request, asked, centre, pages, owner, name)


@router.post("/access/visibility")
def post_visibility(
    asked: Annotated[Asked, Depends(asking(Action.CONFIGURE, "page"))],
    centre: TheCentre,
    pages: ThePages,
    owner: str,
    name: str,
    visibility: Annotated[VisibilityName, Form()],
) -> Response:
    """Say for whom the project is."""
    made = change_project(asked, centre, owner, name, ProjectChange(visibility=visibility), Response())
    return see_other(pages.at.project(made.name, "access"))


@router.post("/access/grants")
def post_grant(
    asked: Granting,
    request: Request,
    centre: TheCentre,
    groups: TheGroups,
    pages: ThePages,
    owner: str,
    name: str,
    role: Annotated[GrantedRole, Form()],
    to: Annotated[str, Form(max_length=255)],
    kind: Annotated[str, Form(pattern="^(user|team|group)$")] = "user",
) -> Response:
    """Give a role, or change it."""
    try:
        api.put_grant(asked, centre, groups, owner, name, f"{kind}:{to.strip()}", NewGrant(role=role))
    except HubShareError as error:
        filled = {"kind": kind, "to": to, "role": role}
        return _page(request, asked, centre, pages, owner, name, error, filled=filled)
    return see_other(pages.at("projects", owner, name, "access"))


@router.post("/access/revoke")
def post_revoke(
    asked: Granting,
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    owner: str,
    name: str,
    subject: Annotated[str, Form(max_length=300)],
) -> Response:
    """Take a role away, and show what that stopped."""
    with centre.database.read() as session:
        # Before, since people may take their own role away.
        place = find_place(session, centre, asked, owner, name)
    try:
        receipts = api.delete_grant(asked, centre, owner, name, subject).items
    except HubShareError as error:
        return _page(request, asked, centre, pages, owner, name, error)
    return pages.show(request, asked, "revoked.html.j2", place=place, receipts=receipts, subject=subject)


@router.post("/access/invitations")
def post_invitation(
    asked: Granting,
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    owner: str,
    name: str,
    role: Annotated[GrantedRole, Form()] = "reader",
    days: Annotated[float, Form(gt=0, le=366)] = 7,
    uses: Annotated[int, Form(ge=1, le=100_000)] = 1,
) -> Response:
    """Make a link. The answer is the one page that shows it, so it is no redirect."""
    wanted = NewInvitation(role=role, days=days, uses=uses)
    try:
        made = api.create_invitation(asked, centre, owner, name, wanted)
    except HubShareError as error:
        return _page(request, asked, centre, pages, owner, name, error)
    link = f"{str(request.base_url).rstrip('/')}{pages.at('invite', made.secret or '')}"
    return _page(request, asked, centre, pages, owner, name, made=made, link=link)


@router.post("/access/invitations/{invitation}/withdraw")
def post_withdraw(
    asked: Granting, centre: TheCentre, pages: ThePages, owner: str, name: str, invitation: str
) -> Response:
    """Take an invitation back."""
    api.delete_invitation(asked, centre, owner, name, invitation)
    return see_other(f"{pages.at('projects', owner, name, 'access')}#invitations")


@router.get("/audit")
def get_audit(
    asked: Annotated[Asked, Depends(asking(Action.SEE_AUDIT, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    owner: str,
    name: str,
    before: int | None = None,
) -> HTMLResponse:
    """What was done to the project, the newest first."""
    with centre.database.read() as session:
        place = find_place(session, centre, asked, owner, name)
        rows = audit.entries(session, project=place.project.id, before=before, most=_AUDIT + 1)
    older = rows[_AUDIT - 1].id if len(rows) > _AUDIT else None
    address = pages.at.project(place.full_name, "audit")
    return pages.show(
        request, asked, "audit.html.j2", place=place, rows=rows[:_AUDIT], older=older, before=before, address=address
    )


def _page(
    request: Request,
    asked: Asked,
    centre: Centre,
    pages: Pages,
    owner: str,
    name: str,
    problem: HubShareError | None = None,
    **values: Any,
) -> HTMLResponse:
    """The page of all access.

    Args:
        problem: why what was asked for was not done.
        values: what was filled in, or the invitation that was made.

    Raises:
        HubShareError: when the person may not see it.
    """
    with centre.database.read() as session:
        place = find_place(session, centre, asked, owner, name)
        may_grant = Action.GRANT in place.may
        return pages.show(
            request,
            asked,
            "access.html.j2",
            status=problem.status if problem else 200,
            place=place,
            people=api.accessors(session, place.project),
            grants=grants.grants(session, place.project),
            invitations=invitations.invitations(session, place.project) if may_grant else [],
            may_grant=may_grant,
            problem=problem,
            visibilities=VISIBILITIES,
            roles=ROLES,
            **{"filled": {"kind": "user", "to": "", "role": "reader"}, "made": None, "link": ""} | values,
        )
