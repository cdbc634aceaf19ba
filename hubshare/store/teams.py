"""Teams and who is in them."""

from __future__ import annotations

import itertools

from sqlalchemy import BindParameter, bindparam, exists, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hubshare.errors import Clash, Invalid, NotFound
from hubshare.names import check_not_reserved, check_team_name, check_user, quoted
from hubshare.store.models import FormerName, Grant, Member, Project, Team
from hubshare.vocabulary import TeamRole
from hubshare.wire.agent import new_id

_NAME: BindParameter[str] = bindparam("name")


def find_team(session: Session, name: str) -> Team | None:
    """The team of a name, or None."""
    return session.scalar(select(Team).where(Team.name == name))


def create_team(session: Session, name: str, creator: str, role: str = "writer", taken: bool = False) -> Team:
    """Add a team, with its creator as maintainer.

    Args:
        role: what members may do with the team's projects: `reader` or `writer`.
        taken: see `check_available`.

    Raises:
        Clash: when the name is taken, by a team or by the owner of projects.
    """
    team = Team(id=new_id(), name=check_available(session, name, taken), creator=creator, role=check_members_role(role))
    session.add(team)
    _flush(session, name)
    session.add(Member(team_id=team.id, user=creator, role=TeamRole.maintainer.name))
    return team


def check_members_role(role: str) -> str:
    """Return `role` if members of a team can have it on the team's projects."""
    if role not in ("reader", "writer"):
        raise Invalid(f"{quoted(role)} is no role for the members of a team: use reader or writer.")
    return role


def rename_team(session: Session, team: Team, name: str, taken: bool = False) -> list[Project]:
    """Rename a team, and with it the address of all its projects; the earlier addresses go on leading to them.

    Args:
        taken: see `check_available`.

    Returns:
        The projects.
    """
    if name == team.name:
        return []
    before, team.name = team.name, check_available(session, name, taken, team)
    projects = list(session.scalars(select(Project).where(Project.team_id == team.id)))
    for project in projects:
        session.merge(FormerName(owner=before, name=project.name, project_id=project.id, left=True))
        back = session.get(FormerName, (name, project.name))
        if back is not None:
            if back.project_id != project.id:
                raise _taken(name)
            session.delete(back)
        project.owner, project.revision = name, Project.revision + 1
    team.revision = Team.revision + 1
    _flush(session, name)
    return projects


def move_aside(session: Session, team: Team) -> list[Project]:
    """Give a team another name, since a user of the Hub is called so now; nothing leads to its projects under that any more.

    Returns:
        Its projects.
    """
    base = f"{team.name[:90]}-team"
    names = itertools.chain([base], (f"{base}-{number}" for number in itertools.count(2)))
    had = select(or_(exists().where(Team.name == _NAME), exists().where(Project.owner == _NAME)))
    team.name = next(name for name in names if not session.scalar(had, {"name": name}))
    projects = list(session.scalars(select(Project).where(Project.team_id == team.id)))
    for project in projects:
        project.owner, project.revision = team.name, Project.revision + 1
    team.revision = Team.revision + 1
    session.flush()
    return projects


def delete_team(session: Session, team: Team) -> None:
    """Remove a team and what it has been given.

    Raises:
        Clash: when it owns projects.
    """
    owned = session.scalar(select(Project).where(Project.team_id == team.id).limit(1))
    if owned is not None:
        state = " (deleted, still to be restored)" if owned.deleted else ""
        raise Clash(f"Team {team.name} owns {owned.full_name}{state}: transfer or delete its projects first.")
    for row in session.scalars(select(Grant).where(Grant.kind == "team", Grant.subject == team.id)):
        session.delete(row)
    session.flush()
    session.delete(team)


def members(session: Session, team: Team) -> list[Member]:
    """Who is in a team: maintainers first."""
    rows = session.scalars(select(Member).where(Member.team_id == team.id).order_by(Member.user))
    return sorted(rows, key=lambda row: -TeamRole[row.role])


def maintainers_of(session: Session, team: str) -> list[str]:
    """The maintainers of a team.

    Args:
        team: id.
    """
    mine = Member.team_id == team, Member.role == TeamRole.maintainer.name
    return list(session.scalars(select(Member.user).where(*mine)))


def teams_of(session: Session, user: str) -> list[tuple[Team, Member]]:
    """The teams that a user is in, by name."""
    query = select(Team, Member).join(Member, Member.team_id == Team.id).where(Member.user == user)
    return [(team, member) for team, member in session.execute(query.order_by(Team.name))]


def check_team_role(role: str) -> str:
    """Return `role` if somebody can have it in a team."""
    if role not in TeamRole.__members__:
        raise Invalid(f"{quoted(role)} is no role in a team: use one of {', '.join(TeamRole.__members__)}.")
    return role


def put_member(session: Session, team: Team, user: str, role: str) -> None:
    """Add a member, or change a member's role.

    Raises:
        Clash: when the team would be left without a maintainer.
    """
    check_team_role(role)
    if role != TeamRole.maintainer.name:
        _keep_one(session, team, user)
    session.merge(Member(team_id=team.id, user=check_user(user), role=role))
    team.revision = Team.revision + 1


def remove_member(session: Session, team: Team, user: str) -> None:
    """Take a user out of a team.

    Raises:
        NotFound: when the user is not in it.
        Clash: when the team would be left without a maintainer.
    """
    found = session.get(Member, (team.id, user))
    if found is None:
        raise NotFound(f"{quoted(user)} is not in team {team.name}: see `hubshare team show {team.name}`.")
    _keep_one(session, team, user)
    session.delete(found)
    team.revision = Team.revision + 1
    session.flush()


def _keep_one(session: Session, team: Team, but: str) -> None:
    others = select(func.count()).where(
        Member.team_id == team.id, Member.role == TeamRole.maintainer.name, Member.user != but
    )
    if not session.scalar(others):
        raise Clash(
            f"{but} is the only maintainer of {team.name}: make somebody else maintainer first, or delete the team."
        )


def check_available(session: Session, name: str, taken: bool = False, team: Team | None = None) -> str:
    """Return `name` if a team can take it.

    Args:
        taken: whether the Hub has a user of that name.
        team: which one, if it is there already.

    Raises:
        Clash: when somebody has it, or it still leads to the projects of others, to which whoever took it could lead people
            on. Which of these it is, and that there is such a team, is not said: it is not for everybody to know.
    """
    check_not_reserved(check_team_name(name))
    led = (
        exists()
        .where(FormerName.owner == name, Project.id == FormerName.project_id)
        .where(Project.team_id.is_distinct_from(team.id if team else None) | Project.team_id.is_(None))
    )
    had = or_(exists().where(Team.name == name), exists().where(Project.owner == name), led)
    if session.scalar(select(had)) or taken:
        raise _taken(name)
    return name


def _taken(name: str) -> Clash:
    return Clash(f"A team cannot be called {quoted(name)} here: choose another name.")


def _flush(session: Session, name: str) -> None:
    try:
        session.flush()
    except IntegrityError:
        raise _taken(name) from None
