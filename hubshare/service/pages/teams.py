"""Teams: one's own, and one with its members, its projects and what was done in it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from hubshare.centre import Centre
from hubshare.errors import HubShareError, Invalid
from hubshare.operations import teams
from hubshare.operations.caller import Caller
from hubshare.service.pages.view import Pages, ThePages, see_other
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre, TheDirectory
from hubshare.store import audit
from hubshare.store.access.actions import Action
from hubshare.store.offers import places_offered
from hubshare.store.projects import projects_of_team
from hubshare.store.teams import members, teams_of
from hubshare.vocabulary import MembersRole, TeamRole, TeamRoleName
from hubshare.wire.api.access import RevocationReport
from hubshare.wire.api.teams import NewTeam, TeamChange

router = APIRouter(prefix="/teams", include_in_schema=False)

Managing = Annotated[Caller, Depends(requires(Action.MANAGE_TEAM, "page"))]
_AUDIT = 50


@router.get("")
def get_teams(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
) -> HTMLResponse:
    """The teams that one is in, and the form for another one."""
    return _list(request, caller, centre, pages)


@router.post("")
def post_team(
    caller: Annotated[Caller, Depends(requires(Action.CREATE_TEAM, "page"))],
    request: Request,
    centre: TheCentre,
    directory: TheDirectory,
    pages: ThePages,
    name: Annotated[str, Form(max_length=200)],
    role: Annotated[MembersRole, Form()] = "writer",
) -> Response:
    """Make a team."""
    try:
        wanted = NewTeam(name=name.strip(), role=role)
        made = teams.create_team(caller, centre, directory, wanted=wanted)
    except HubShareError as error:
        return _list(request, caller, centre, pages, error, name=name, role=role)
    return see_other(pages.at("teams", made.name))


@router.get("/{team}")
def get_team(
    caller: Annotated[Caller, Depends(requires(Action.SEE_TEAM, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    team: str,
) -> HTMLResponse:
    """One team."""
    return _page(request, caller, centre, pages, team)


@router.post("/{team}/members")
def post_member(
    caller: Managing,
    request: Request,
    centre: TheCentre,
    directory: TheDirectory,
    pages: ThePages,
    team: str,
    user: Annotated[str, Form(max_length=300)],
    role: Annotated[TeamRoleName, Form()] = "member",
    meant: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """Ask somebody in, or make a member maintainer or a maintainer member; `meant` as in `access.post_grant`."""
    name = user.strip()
    try:
        teams.put_member(caller, centre, directory, team=team, user=name, role=role, check=meant != name)
    except HubShareError as error:
        return _page(request, caller, centre, pages, team, error, user=user, role=role)
    return see_other(pages.at("teams", team))


@router.post("/{team}/members/remove")
def post_remove(
    caller: Managing,
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    team: str,
    user: Annotated[str, Form(max_length=300)],
) -> Response:
    """Take somebody out, and show what that stopped."""
    try:
        made = teams.remove_member(caller, centre, team=team, user=user)
    except HubShareError as error:
        return _page(request, caller, centre, pages, team, error)
    return _removed(request, caller, pages, team, made)


@router.post("/{team}/leave")
def post_leave(
    caller: Annotated[Caller, Depends(requires(Action.LEAVE_TEAM, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    team: str,
) -> Response:
    """Leave, and show what that stopped."""
    try:
        made = teams.leave_team(caller, centre, team=team)
    except HubShareError as error:
        return _page(request, caller, centre, pages, team, error)
    return _removed(request, caller, pages, team, made)


@router.post("/{team}/settings")
def post_settings(
    caller: Annotated[Caller, Depends(requires(Action.CONFIGURE_TEAM, "page"))],
    request: Request,
    centre: TheCentre,
    directory: TheDirectory,
    pages: ThePages,
    team: str,
    name: Annotated[str, Form(max_length=200)],
    role: Annotated[MembersRole, Form()],
) -> Response:
    """Rename a team, or change what its members may do with its projects."""
    wanted = name.strip()
    try:
        change = TeamChange(name=wanted if wanted != team else None, role=role)
        made = teams.change_team(caller, centre, directory, team=team, wanted=change)
    except HubShareError as error:
        return _page(request, caller, centre, pages, team, error)
    return see_other(pages.at("teams", made.name))


@router.post("/{team}/delete")
def post_delete(
    caller: Annotated[Caller, Depends(requires(Action.DELETE_TEAM, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    team: str,
    typed: Annotated[str, Form(max_length=200)],
) -> Response:
    """Delete a team, by somebody who has typed its name."""
    try:
        with centre.database.read() as session:
            caller.team(session, team)
        if typed.strip() != team:
            raise Invalid(f"To delete the team, type its name: {team}.")
        teams.delete_team(caller, centre, team=team)
    except HubShareError as error:
        return _page(request, caller, centre, pages, team, error)
    return see_other(pages.at("teams"))


@router.get("/{team}/audit")
def get_audit(
    caller: Annotated[Caller, Depends(requires(Action.SEE_TEAM_AUDIT, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    team: str,
    before: int | None = None,
) -> HTMLResponse:
    """What was done to a team and its projects, the newest first."""
    with centre.database.read() as session:
        found, _ = caller.team(session, team)
        rows = audit.entries(session, team=found.id, before=before, most=_AUDIT + 1)
    older = rows[_AUDIT - 1].id if len(rows) > _AUDIT else None
    return pages.show(
        request,
        caller,
        "team_audit.html.j2",
        team=found,
        rows=rows[:_AUDIT],
        older=older,
        before=before,
        address=pages.at("teams", found.name, "audit"),
    )


def _list(
    request: Request,
    caller: Caller,
    centre: Centre,
    pages: Pages,
    problem: HubShareError | None = None,
    name: str = "",
    role: str = "writer",
) -> HTMLResponse:
    """The page of all teams, with what was filled in when that could not be done."""
    with centre.database.read() as session:
        found = [
            (team, member, len(members(session, team)), projects_of_team(session, team))
            for team, member in teams_of(session, caller.user)
        ]
    status = problem.status if problem else 200
    return pages.show(
        request, caller, "teams.html.j2", status=status, teams=found, problem=problem, name=name, role=role
    )


def _page(
    request: Request,
    caller: Caller,
    centre: Centre,
    pages: Pages,
    name: str,
    problem: HubShareError | None = None,
    user: str = "",
    role: TeamRoleName = "member",
) -> HTMLResponse:
    """The page of a team.

    Args:
        problem: why what was asked for was not done.
        user, role: what was filled in.

    Raises:
        HubShareError: when the person may not see it.
    """
    with centre.database.read() as session:
        team, mine = caller.team(session, name)
        people, projects = members(session, team), projects_of_team(session, team)
        invited = places_offered(session, team)
    maintains = mine is TeamRole.maintainer
    return pages.show(
        request,
        caller,
        "team.html.j2",
        status=problem.status if problem else 200,
        team=team,
        mine=mine,
        members=people,
        invited=invited,
        projects=projects,
        may_manage=maintains or caller.hub_admin,
        maintains=maintains,
        problem=problem,
        filled=user,
        filled_role=role,
    )


def _removed(request: Request, caller: Caller, pages: Pages, team: str, made: RevocationReport) -> HTMLResponse:
    left = made.user == caller.user
    return pages.show(request, caller, "removed.html.j2", team=team, report=made, left=left)
