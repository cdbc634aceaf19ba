"""Grants: which user, team or group of the Hub has been given which role on a project."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import exists, literal, or_, select
from sqlalchemy.orm import Session

from hubshare.errors import Invalid, NotFound
from hubshare.names import check_user, quoted
from hubshare.store.models import Grant, Member, Project, Team
from hubshare.store.projects import changed
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

    @classmethod
    def of_user(cls, user: str) -> Subject:
        """A user."""
        return cls("user", check_user(user), user)

    def __str__(self) -> str:
        return self.name if self.kind == "user" else f"{self.kind}:{self.name}"


def kind_and_name(text: str) -> tuple[str, str]:
    """What a text names: `NAME` a user, `team:NAME` a team, `group:NAME` a group of the Hub; `user:NAME` is a user too."""
    kind, colon, name = text.partition(":")
    return (kind, name) if colon and kind in ("user", "team", "group") else ("user", text)


def subject(session: Session, text: str, asker: str, *, everything: bool = False, project: str = "") -> Subject:
    """Whom a text names; see `kind_and_name`.

    Args:
        asker: who wants to know: a team is there for its members alone.
        everything: the asker is an admin of the Hub, for whom all teams are there.
        project: id of one on which the asker sees which teams have a role: these are there too.

    Raises:
        BadName: when no user or group could be named so.
        NotFound: when there is no such team, or the asker may not know of it.
    """
    kind, name = kind_and_name(text)
    if kind != "team":
        return Subject(kind, check_user(name, kind), name)
    inside = exists().where(Member.team_id == Team.id, Member.user == asker)
    given = exists().where(Grant.kind == "team", Grant.subject == Team.id, Grant.project_id == project)
    team = session.scalar(select(Team).where(Team.name == name, or_(literal(everything), inside, given)))
    if team is None:
        raise NotFound(f"There is no team {quoted(name)}, or you are not in it: see `hubshare team list`.")
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


def grant(session: Session, project: Project, whom: Subject, role: str) -> None:
    """Give a role; a grant that exists is changed."""
    check_role(role)
    if (whom.kind == "user" and whom.name == project.owner and project.team_id is None) or whom.key == project.team_id:
        raise Invalid(f"{whom} owns {project.full_name} and needs no grant.")
    session.merge(Grant(project_id=project.id, kind=whom.kind, subject=whom.key, role=role))
    changed(project)


def revoke(session: Session, project: Project, of: str) -> Subject:
    """Take a grant away.

    Raises:
        NotFound: when there is none.
    """
    kind, name = kind_and_name(of)
    given = grants(session, project)
    whom, found = next((pair for pair in given if (pair[0].kind, pair[0].name) == (kind, name)), (None, None))
    if whom is None or found is None:
        raise NotFound(f"{quoted(of)} has no grant on {project.full_name}: see `hubshare who {project.full_name}`.")
    session.delete(found)
    changed(project)
    return whom
