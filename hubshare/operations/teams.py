"""Teams and their members."""

from __future__ import annotations

from hubshare.centre import Centre
from hubshare.names import check_team_name, check_user
from hubshare.operations.caller import Caller
from hubshare.operations.directory import Directory
from hubshare.store import offers, quotas, teams
from hubshare.store.access.decisions import roles_of, team_role_of
from hubshare.store.database import Session
from hubshare.store.models import Team as Row
from hubshare.store.notifications import News, settle_for, tell
from hubshare.store.projects import projects_of_team
from hubshare.store.revocation import report_revocation, touched
from hubshare.vocabulary import TeamRole, TeamRoleName
from hubshare.wire.api.access import RevocationReport
from hubshare.wire.api.teams import Member, NewTeam, Team, TeamChange

#: So many projects are named to whoever has lost them.
_LOST = 10


def list_teams(caller: Caller, centre: Centre) -> list[Team]:
    """The teams that the caller is in, by name."""
    with centre.database.read() as session:
        rows = teams.teams_of(session, caller.user)
        return [to_resource(session, team, TeamRole[member.role]) for team, member in rows]


def get_team(caller: Caller, centre: Centre, *, team: str) -> Team:
    """One team."""
    with centre.database.read() as session:
        found, mine = caller.team(session, team)
        return to_resource(session, found, mine)


def create_team(caller: Caller, centre: Centre, directory: Directory, *, wanted: NewTeam) -> Team:
    """Make a team; the caller is its maintainer."""
    # Two people of one name would both own projects by it.
    taken = directory.knows(check_team_name(wanted.name))

    def make() -> Team:
        quotas.check_teams(session, centre.settings, caller.user)
        team = teams.create_team(session, wanted.name, caller.user, wanted.role, taken)
        session.flush()
        caller.note(session, team)
        return to_resource(session, team, TeamRole.maintainer)

    def still(made: Team) -> bool:
        found = teams.find_team(session, made.name)
        return found is not None and team_role_of(session, found, caller.user) is not None

    with centre.database.begin() as session:
        return caller.once(session, wanted.model_dump(), Team, make, still)


def change_team(caller: Caller, centre: Centre, directory: Directory, *, team: str, wanted: TeamChange) -> Team:
    """Rename a team, or change what its members may do with its projects. Former addresses of projects stay good."""
    with centre.database.read() as session:
        caller.team(session, team)
    taken = wanted.name is not None and directory.knows(check_team_name(wanted.name))
    with centre.database.begin() as session:
        found, mine = caller.team(session, team)
        concerned, users = touched(session, found), None if wanted.name else _users(session, found)
        if wanted.role is not None:
            found.role = teams.check_members_role(wanted.role)
            found.revision = Row.revision + 1
        if wanted.name is not None:
            teams.rename_team(session, found, wanted.name, taken)
        session.flush()
        caller.note(session, found, before=team, **wanted.model_dump(exclude_none=True))
        made = to_resource(session, found, mine)
    centre.access_changed(concerned, users)
    return made


def delete_team(caller: Caller, centre: Centre, *, team: str) -> None:
    """Delete a team that owns no projects; what it was given ends."""
    with centre.database.begin() as session:
        found, _ = caller.team(session, team)
        concerned, users = touched(session, found), _users(session, found)
        caller.note(session, found)
        teams.delete_team(session, found)
    centre.access_changed(concerned, users)


def put_member(
    caller: Caller,
    centre: Centre,
    directory: Directory,
    *,
    team: str,
    user: str,
    role: TeamRoleName,
    check: bool = False,
) -> None:
    """Offer somebody a place in a team, or make a member maintainer or a maintainer member.

    Nobody is put into a team by others: the place is theirs when they accept it. An admin of the Hub needs no yes.

    Args:
        check: whether to refuse a user whom neither the team nor the Hub knows.
    """
    with centre.database.read() as session:
        found, _ = caller.team(session, team)
        news = team_role_of(session, found, user) is None
    if check and news:
        directory.check_users([check_user(user)])
    with centre.database.begin() as session:
        found, _ = caller.team(session, team)
        stays = team_role_of(session, found, user) is not None
        if not stays and user != caller.user and not caller.hub_admin:
            offers.offer_place(session, found, user, teams.check_team_role(role), caller.user)
            caller.note(session, found, offered=user, role=role)
            concerned = []
        else:
            teams.put_member(session, found, user, role)
            offers.withdraw_place(session, found, user)
            caller.note(session, found, added=user, role=role)
            session.flush()
            tell(session, [user], News("team", found.id, {"role": role}, team_id=found.id, giver=caller.user))
            concerned = touched(session, found)
    centre.access_changed(concerned, [user])


def remove_member(caller: Caller, centre: Centre, *, team: str, user: str) -> RevocationReport:
    """Take somebody out of a team, or the offer of a place in it back; takes effect everywhere at once.

    Returns:
        What that stopped.
    """
    with centre.database.begin() as session:
        found, _ = caller.team(session, team)
        before = roles_of(session, user)
        was_in = team_role_of(session, found, user) is not None
        if was_in or not offers.withdraw_place(session, found, user):
            teams.remove_member(session, found, user)
        report = report_revocation(session, user, before, roles_of(session, user))
        caller.note(session, found, removed=user, lost=[lost.project for lost in report.lost])
        if was_in:
            lost = [one.project for one in report.lost if one.after is None][:_LOST]
            settle_for(session, "team", found.id, [user])
            tell(session, [user], News("team_lost", found.id, {"name": found.name, "lost": lost}, giver=caller.user))
        concerned = touched(session, found)
    centre.access_changed(concerned, [user])
    return report


def leave_team(caller: Caller, centre: Centre, *, team: str) -> RevocationReport:
    """Leave a team; see `remove_member`."""
    return remove_member(caller, centre, team=team, user=caller.user)


def _users(session: Session, team: Row) -> list[str]:
    return [member.user for member in teams.members(session, team)]


def to_resource(session: Session, team: Row, mine: TeamRole | None) -> Team:
    """A team as the API shows it.

    Args:
        mine: the caller's role in it.
    """
    session.refresh(team)
    return Team(
        name=team.name,
        role=team.role,
        mine=mine.name if mine else None,
        members=[Member.model_validate(row, from_attributes=True) for row in teams.members(session, team)],
        invited=[
            Member(user=row.user, role=row.role, created=row.created) for row in offers.places_offered(session, team)
        ]
        if mine is not TeamRole.member
        else [],
        projects=[row.full_name for row in projects_of_team(session, team)],
        revision=team.revision,
        created=team.created,
    )
