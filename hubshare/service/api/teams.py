"""Teams and their members."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from hubshare.operations import projects, teams
from hubshare.operations.caller import Caller
from hubshare.service.api import Check
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre, TheDirectory
from hubshare.service.web.headers import set_etag
from hubshare.store.access.actions import Action
from hubshare.wire.api.access import RevocationReport
from hubshare.wire.api.base import Page
from hubshare.wire.api.projects import NewTeamProject, Project
from hubshare.wire.api.teams import NewMember, NewTeam, Team, TeamChange

router = APIRouter(prefix="/teams", tags=["teams"])


@router.get("")
def list_teams(caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN))], centre: TheCentre) -> Page[Team]:
    """The teams that you are in."""
    return Page(items=teams.list_teams(caller, centre))


@router.post("", status_code=201)
def create_team(
    caller: Annotated[Caller, Depends(requires(Action.CREATE_TEAM))],
    centre: TheCentre,
    directory: TheDirectory,
    wanted: NewTeam,
    response: Response,
) -> Team:
    """Make a team; you are its maintainer."""
    made = teams.create_team(caller, centre, directory, wanted=wanted)
    set_etag(response, made.revision)
    return made


@router.get("/{team}")
def get_team(
    caller: Annotated[Caller, Depends(requires(Action.SEE_TEAM))], centre: TheCentre, team: str, response: Response
) -> Team:
    """One team."""
    found = teams.get_team(caller, centre, team=team)
    set_etag(response, found.revision)
    return found


@router.patch("/{team}")
def change_team(
    caller: Annotated[Caller, Depends(requires(Action.CONFIGURE_TEAM))],
    centre: TheCentre,
    directory: TheDirectory,
    team: str,
    wanted: TeamChange,
    response: Response,
) -> Team:
    """Rename a team, or change what its members may do with its projects. Former addresses of projects stay good."""
    made = teams.change_team(caller, centre, directory, team=team, wanted=wanted)
    set_etag(response, made.revision)
    return made


@router.delete("/{team}", status_code=204)
def delete_team(caller: Annotated[Caller, Depends(requires(Action.DELETE_TEAM))], centre: TheCentre, team: str) -> None:
    """Delete a team that owns no projects; what it was given ends."""
    teams.delete_team(caller, centre, team=team)


@router.post("/{team}/projects", status_code=201)
def create_team_project(
    caller: Annotated[Caller, Depends(requires(Action.CREATE_TEAM_PROJECT))],
    centre: TheCentre,
    directory: TheDirectory,
    team: str,
    wanted: NewTeamProject,
    response: Response,
    check: Check = False,
) -> Project:
    """Make a project of a team that you are in, with an empty first version; a service of the Hub may as well."""
    made = projects.create_team_project(caller, centre, directory, team=team, wanted=wanted, check=check)
    set_etag(response, made.revision)
    return made


@router.put("/{team}/members/{user}", status_code=204)
def put_member(
    caller: Annotated[Caller, Depends(requires(Action.MANAGE_TEAM))],
    centre: TheCentre,
    directory: TheDirectory,
    team: str,
    user: str,
    wanted: NewMember,
    check: Check = False,
) -> None:
    """Offer somebody a place in a team, or make a member maintainer or a maintainer member.

    Who was not in it is in it when they accept; until then they are among `invited`. An admin of the Hub needs no yes.
    """
    teams.put_member(caller, centre, directory, team=team, user=user, role=wanted.role, check=check)


@router.delete("/{team}/members/{user}")
def remove_member(
    caller: Annotated[Caller, Depends(requires(Action.MANAGE_TEAM))], centre: TheCentre, team: str, user: str
) -> RevocationReport:
    """Take somebody out of a team, or the offer of a place in it back, at once. Answers with what that stopped."""
    return teams.remove_member(caller, centre, team=team, user=user)


@router.delete("/{team}/membership")
def leave_team(
    caller: Annotated[Caller, Depends(requires(Action.LEAVE_TEAM))], centre: TheCentre, team: str
) -> RevocationReport:
    """Leave a team."""
    return teams.leave_team(caller, centre, team=team)
