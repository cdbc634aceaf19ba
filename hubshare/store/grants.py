"""Grants: which user, team or group of the Hub has been given which role on a project."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from hubshare.errors import BadName, Invalid, NotFound
from hubshare.names import check_user, quoted
from hubshare.store.models import Grant, Project, Team
from hubshare.store.projects import changed
from hubshare.store.teams import find_team
from hubshare.vocabulary import GRANTED


class Subject(NamedTuple):
    """Who can be given a role.

    Attributes:
        kind: `user`, `team` or `group`.
        name: as people write it.
        key: what the database keeps: for a team its id, else the name.
    """

    kind: str
    name: str
    key: str

    def __str__(self) -> str:
        return self.name if self.kind == "user" else f"{self.kind}:{self.name}"


def subject(session: Session, text: str) -> Subject:
    """Whom a text names: `NAME` a user, `team:NAME` a team, `group:NAME` a group of the Hub; `user:NAME` is a user too.

    Raises:
        BadName: when no user or group could be named so.
        NotFound: when there is no such team.
    """
    kind, colon, name = text.partition(":")
    if not colon or kind not in ("user", "team", "group"):
        kind, name = "user", text
    if kind != "team":
        return Subject(kind, check_user(name, kind), name)
    team = find_team(session, name)
    if team is None:
        raise NotFound(f"There is no team {quoted(name)}: see `hubshare team list`, or create it first.")
    return Subject(kind, team.name, team.id)


def check_role(role: str) -> str:
    """Return `role` if it can be granted."""
    if role not in GRANTED:
        raise Invalid(f"{quoted(role)} is no role: use one of {', '.join(GRANTED)}.")
    return role


def grants(session: Session, project: Project) -> list[tuple[Subject, Grant]]:
    """The grants on a project: users first, then teams and groups."""
    rows = session.execute(
        select(Grant, Team.name)
        .outerjoin(Team, (Grant.kind == "team") & (Team.id == Grant.subject))
        .where(Grant.project_id == project.id)
    )
    found = [(Subject(row.kind, team or row.subject, row.subject), row) for row, team in rows]
    return sorted(found, key=lambda pair: (("user", "team", "group").index(pair[0].kind), pair[0].name))


def grant(session: Session, project: Project, to: str, role: str) -> Subject:
    """Give a role; a grant that exists is changed.

    Args:
        to: see `subject`.
    """
    check_role(role)
    whom = subject(session, to)
    if (whom.kind == "user" and whom.name == project.owner and project.team_id is None) or whom.key == project.team_id:
        raise Invalid(f"{whom} owns {project.full_name} and needs no grant.")
    session.merge(Grant(project_id=project.id, kind=whom.kind, subject=whom.key, role=role))
    changed(project)
    return whom


def revoke(session: Session, project: Project, of: str) -> Subject:
    """Take a grant away.

    Raises:
        NotFound: when there is none.
    """
    try:
        whom = subject(session, of)
        found = session.get(Grant, (project.id, whom.kind, whom.key))
    except BadName:
        found = None
    if found is None:
        raise NotFound(f"{quoted(of)} has no grant on {project.full_name}: see `hubshare who {project.full_name}`.")
    session.delete(found)
    changed(project)
    return whom
