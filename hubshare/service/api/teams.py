"""Teams and their members."""

from __future__ import annotations

from typing import Annotated

from anyio import from_thread
from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.orm import Session

from hubshare.centre import Centre
from hubshare.errors import Clash
from hubshare.names import check_team_name
from hubshare.operations.caller import Caller
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.service.web.headers import set_etag
from hubshare.service.web.hub_api import Hub
from hubshare.store import projects, quotas, teams
from hubshare.store.access.actions import Action
from hubshare.store.access.decisions import roles_of, team_role_of
from hubshare.store.models import Team
from hubshare.store.revocation import receipt, touched
from hubshare.vocabulary import TeamRole
from hubshare.wire.api.access import RevocationReport
from hubshare.wire.api.base import Page
from hubshare.wire.api.teams import Member, NewMember, NewTeam, TeamChange
from hubshare.wire.api.teams import Team as TeamOut

router = APIRouter(prefix="/teams", tags=["teams"])


def _shape(session: Session, team: Team, mine: TeamRole | None) -> TeamOut:
    session.refresh(team)
    return TeamOut(
        name=team.name,
        role=team.role,
        mine=mine.name if mine else None,
        members=[Member.model_validate(row, from_attributes=True) for row in teams.members(session, team)],
        projects=[row.full_name for row in projects.owned(session, team=team) if row.deleted is None],
        revision=team.revision,
        created=team.created,
    )


def _answer(session: Session, team: Team, mine: TeamRole | None, response: Response) -> TeamOut:
    made = _shape(session, team, mine)
    set_etag(response, made.revision)
    return made


@router.get("")
def list_teams(caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN))], centre: TheCentre) -> Page[TeamOut]:
    """The teams that you are in."""
    with centre.database.read() as session:
        rows = teams.teams_of(session, caller.user)
        return Page(items=[_shape(session, team, TeamRole[member.role]) for team, member in rows])


def _not_a_user(request: Request, name: str | None) -> None:
    """A team may not take the name of somebody whom the Hub knows: both own projects by it."""
    hub: Hub = request.app.state.hub
    if name is not None and from_thread.run(hub.knows, check_team_name(name)):
        raise Clash(f"{name} is a user of the Hub: choose another name for the team.")


@router.post("", status_code=201)
def create_team(
    caller: Annotated[Caller, Depends(requires(Action.CREATE_TEAM))],
    centre: TheCentre,
    request: Request,
    wanted: NewTeam,
    response: Response,
) -> TeamOut:
    """Make a team; you are its maintainer."""
    _not_a_user(request, wanted.name)

    def make() -> TeamOut:
        quotas.check_teams(session, centre.settings, caller.user)
        team = teams.create_team(session, wanted.name, caller.user, wanted.role)
        session.flush()
        caller.note(session, team)
        return _shape(session, team, TeamRole.maintainer)

    def still(made: TeamOut) -> bool:
        found = teams.find_team(session, made.name)
        return found is not None and team_role_of(session, found, caller.user) is not None

    with centre.database.begin() as session:
        made = caller.once(session, wanted.model_dump(), TeamOut, make, still)
    set_etag(response, made.revision)
    return made


@router.get("/{team}")
def get_team(
    caller: Annotated[Caller, Depends(requires(Action.SEE_TEAM))], centre: TheCentre, team: str, response: Response
) -> TeamOut:
    """One team."""
    with centre.database.read() as session:
        found, mine = caller.team(session, team)
        return _answer(session, found, mine, response)


@router.patch("/{team}")
def change_team(
    caller: Annotated[Caller, Depends(requires(Action.CONFIGURE_TEAM))],
    centre: TheCentre,
    team: str,
    request: Request,
    wanted: TeamChange,
    response: Response,
) -> TeamOut:
    """Rename a team, or change what its members may do with its projects. Former addresses of projects stay good."""
    with centre.database.read() as session:
        caller.team(session, team)
    _not_a_user(request, wanted.name)
    with centre.database.begin() as session:
        found, mine = caller.team(session, team)
        moved, users = touched(session, found), None if wanted.name else _users(session, found)
        if wanted.role is not None:
            found.role = teams.check_members_role(wanted.role)
            found.revision = Team.revision + 1
        if wanted.name is not None:
            teams.rename_team(session, found, wanted.name)
        session.flush()
        caller.note(session, found, before=team, **wanted.model_dump(exclude_none=True))
        made = _answer(session, found, mine, response)
    centre.access_changed(moved, users)
    return made


@router.delete("/{team}", status_code=204)
def delete_team(caller: Annotated[Caller, Depends(requires(Action.DELETE_TEAM))], centre: TheCentre, team: str) -> None:
    """Delete a team that owns no projects; what it was given ends."""
    with centre.database.begin() as session:
        found, _ = caller.team(session, team)
        moved, users = touched(session, found), _users(session, found)
        caller.note(session, found)
        teams.delete_team(session, found)
    centre.access_changed(moved, users)


@router.put("/{team}/members/{user}", status_code=204)
def put_member(
    caller: Annotated[Caller, Depends(requires(Action.MANAGE_TEAM))],
    centre: TheCentre,
    team: str,
    user: str,
    wanted: NewMember,
) -> None:
    """Add somebody to a team, or make a member maintainer or a maintainer member."""
    with centre.database.begin() as session:
        found, _ = caller.team(session, team)
        teams.put_member(session, found, user, wanted.role)
        caller.note(session, found, added=user, role=wanted.role)
        session.flush()
        moved = touched(session, found)
    centre.access_changed(moved, [user])


@router.delete("/{team}/members/{user}")
def remove_member(
    caller: Annotated[Caller, Depends(requires(Action.MANAGE_TEAM))], centre: TheCentre, team: str, user: str
) -> RevocationReport:
    """Take somebody out of a team; takes effect everywhere at once. Answers with what that stopped."""
    return _remove(caller, centre, team, user)


@router.delete("/{team}/membership")
def leave_team(
    caller: Annotated[Caller, Depends(requires(Action.LEAVE_TEAM))], centre: TheCentre, team: str
) -> RevocationReport:
    """Leave a team."""
    return _remove(caller, centre, team, caller.user)


def _users(session: Session, team: Team) -> list[str]:
    return [member.user for member in teams.members(session, team)]


def _remove(caller: Caller, centre: Centre, team: str, user: str) -> RevocationReport:
    with centre.database.begin() as session:
        found, _ = caller.team(session, team)
        before = roles_of(session, user)
        teams.remove_member(session, found, user)
        made = receipt(session, user, before, roles_of(session, user))
        caller.note(session, found, removed=user, lost=[lost.project for lost in made.lost])
        moved = touched(session, found)
    centre.access_changed(moved, [user])
    return made
