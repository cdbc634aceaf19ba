"""What a person sees first: the projects that concern them, what is new in them, and what waits for a decision."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hubshare.store.access.decisions import of_user, role_of, roles_of
from hubshare.store.checkouts import outdated
from hubshare.store.mirror_tables import Mirror
from hubshare.store.models import Checkout, Conflict, Member, Project, Version
from hubshare.store.projects import history, newest_of, visible
from hubshare.store.webhook_tables import Webhook
from hubshare.vocabulary import Role, TeamRole

#: Webhooks, and mirrors, that are named at once.
_NAMED = 5


class ProjectLine(NamedTuple):
    """One project in a list, with its newest version and the person's role."""

    project: Project
    newest: Version | None
    role: Role


class Waiting(NamedTuple):
    """A checkout in which something waits for the person, and how many."""

    project: Project
    checkout: Checkout
    number: int


def own_projects(session: Session, user: str) -> list[ProjectLine]:
    """The projects on which a user has a role of their own, the one that changed last first."""
    query = select(Project).where(Project.id.in_(of_user(user)), Project.deleted.is_(None))
    lines = _lines(session, list(session.scalars(query)), user)
    return sorted(lines, key=lambda line: line.newest.created if line.newest else line.project.created, reverse=True)


def all_projects(session: Session, user: str, after: tuple[str, str] | None, most: int) -> list[ProjectLine]:
    """All projects that a user may read, by name; see `visible`."""
    return _lines(session, visible(session, user, after, most), user)


def search_projects(session: Session, user: str, text: str, most: int) -> list[ProjectLine]:
    """Projects that a user may read, in whose address or description all words of a text are."""
    return _lines(session, visible(session, user, most=most, text=text), user)


def _lines(session: Session, projects: list[Project], user: str) -> list[ProjectLine]:
    # Whoever has no role of their own on what they may read, reads.
    newest, roles = newest_of(session, [project.id for project in projects]), roles_of(session, user)
    return [ProjectLine(project, newest.get(project.id), roles.get(project.id, Role.reader)) for project in projects]


def news(session: Session, lines: list[ProjectLine], most: int) -> list[tuple[Project, Version]]:
    """The last versions in some projects.

    Args:
        lines: the projects, the one that changed last first: what is new is in the first ones.
    """
    found = [
        (line.project, version)
        for line in lines[:most]
        for version in history(session, line.project.id, None, most)
        if version.number > 0
    ]
    return sorted(found, key=lambda one: (one[1].created, one[1].number), reverse=True)[:most]


def conflicts_to_settle(session: Session, user: str) -> list[Waiting]:
    """Where a user has open conflicts."""
    query = (
        select(Project, Checkout, func.count())
        .join(Checkout, Checkout.project_id == Project.id)
        .join(Conflict, Conflict.checkout_id == Checkout.id)
        .where(Checkout.user == user, Project.deleted.is_(None), Conflict.picked.is_(None))
        .group_by(Project.id, Checkout.id)
        .order_by(Project.owner, Project.name)
    )
    return _still_readable(session, user, [Waiting(*row) for row in session.execute(query)])


def checkouts_behind(session: Session, user: str, most: int) -> list[Waiting]:
    """The checkouts of a user that lack published versions."""
    found = [Waiting(one.project, one.checkout, one.behind) for one in outdated(session, user, most) if one.behind]
    return _still_readable(session, user, found)


def _still_readable(session: Session, user: str, found: list[Waiting]) -> list[Waiting]:
    return [one for one in found if role_of(session, one.project, user) is not None]


def deleted_projects(session: Session, user: str) -> list[Project]:
    """A user's own projects in the trash and those of the teams that the user maintains, the last one first."""
    teams = select(Member.team_id).where(Member.user == user, Member.role == TeamRole.maintainer.name)
    mine = (Project.owner == user) & Project.team_id.is_(None) | Project.team_id.in_(teams)
    query = select(Project).where(mine, Project.deleted.is_not(None)).order_by(Project.deleted.desc())
    return list(session.scalars(query))


def disabled_webhooks(session: Session, user: str) -> list[Webhook]:
    """The webhooks of a user that were given up, the last one first, as many as one looks at."""
    query = select(Webhook).where(Webhook.owner == user, Webhook.disabled.is_not(None))
    return list(session.scalars(query.order_by(Webhook.disabled.desc()).limit(_NAMED)))


def troubled_mirrors(session: Session, user: str) -> list[tuple[Mirror, Project]]:
    """The mirrors of a user that were refused or given up, the longest first, as many as one looks at."""
    trouble = (Mirror.state == "refused") | Mirror.disabled.is_not(None)
    query = select(Mirror, Project).join(Project).where(Mirror.owner == user, trouble, Project.deleted.is_(None))
    found = session.execute(query.order_by(Mirror.failing_since).limit(_NAMED))
    return [(mirror, project) for mirror, project in found if role_of(session, project, user) is not None]
