"""People whom a person knows of: those whom HubShare names to them anyway, to be found by a part of their name."""

from __future__ import annotations

from sqlalchemy import func, or_, select, union
from sqlalchemy.orm import Session

from hubshare.names import is_set_aside
from hubshare.store.access.decisions import of_user
from hubshare.store.models import Grant, GroupMember, Member, Project, Team
from hubshare.vocabulary import Role


def teams_of(session: Session, user: str) -> list[str]:
    """Return the names of the teams that a user is in."""
    return list(session.scalars(select(Team.name).join(Member, Member.team_id == Team.id).where(Member.user == user)))


def known_to(session: Session, user: str, text: str, most: int) -> list[str]:
    """Return users whom a user may know of and whose name holds a text, those first whose name begins with it.

    Members of the user's teams and of the user's groups at the Hub; the owners of projects on which the user has a role;
    and those who have a role by a grant of their own where the user may see who has access. Whose role comes through a team or
    a group is known to those who are in it alone.

    Args:
        most: how many at most.
    """
    teams = select(Member.team_id).where(Member.user == user)
    groups = select(GroupMember.group).where(GroupMember.user == user)
    # Found first: PostgreSQL would make one of them and what it is joined to, and without statistics take hours for it.
    mine = of_user(user).cte("mine").prefix_with("MATERIALIZED", dialect="postgresql")
    written = of_user(user, Role.writer).cte("written").prefix_with("MATERIALIZED", dialect="postgresql")
    seen = select(Project.id).where(Project.deleted.is_(None), Project.id.in_(select(written.c[0])))
    owned = select(Project.owner).where(
        Project.team_id.is_(None), Project.deleted.is_(None), Project.id.in_(select(mine.c[0]))
    )
    known = union(
        select(Member.user).where(Member.team_id.in_(teams)),
        select(GroupMember.user).where(GroupMember.group.in_(groups)),
        owned,
        select(Grant.subject).where(Grant.kind == "user", Grant.project_id.in_(seen)),
    ).subquery()
    name, word = known.c[0], text.lower()
    begins = func.lower(name).startswith(word, autoescape=True)
    query = select(name).where(name != user, or_(begins, func.lower(name).contains(word, autoescape=True)))
    # Some of them may be gone.
    found = session.scalars(query.order_by(begins.desc(), name).limit(most + 100))
    return [one for one in found if not is_set_aside(one)][:most]
