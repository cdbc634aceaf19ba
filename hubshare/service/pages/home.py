"""The first page: one's own projects, what is new in them, and what waits for a decision."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hubshare.operations.caller import Caller
from hubshare.service.pages.view import ThePages
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action
from hubshare.store.access.decisions import of_user, role_of, roles_of
from hubshare.store.checkouts import outdated
from hubshare.store.models import Checkout, Conflict, Project, Version
from hubshare.store.projects import history, newest_of, visible
from hubshare.store.teams import teams_of
from hubshare.vocabulary import Role

router = APIRouter(include_in_schema=False)

_MOST = 8
_NEWS = 12


class Line(NamedTuple):
    """One project in a list."""

    project: Project
    newest: Version | None
    role: Role


@router.get("/")
def get_home(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
) -> HTMLResponse:
    """What concerns the person who looks."""
    with centre.database.read() as session:
        lines = _lines(session, caller.user)
        mine = [line for line in lines if line.project.owner == caller.user and line.project.team_id is None]
        team_ids = {team.id for team, _ in teams_of(session, caller.user)}
        of_teams = [line for line in lines if line.project.team_id in team_ids]
        shared = [line for line in lines if line not in mine and line not in of_teams]
        return pages.show(
            request,
            caller,
            "home.html.j2",
            lists=[
                ("mine", "Your projects", mine[:_MOST], len(mine)),
                ("shared", "Shared with you", shared[:_MOST], len(shared)),
                ("teams", "Your teams’ projects", of_teams[:_MOST], len(of_teams)),
            ],
            first_use=not lines,
            most=_MOST,
            news=_news(session, lines),
            conflicts=_conflicts(session, caller.user),
            behind=_behind(session, caller.user),
            teams=teams_of(session, caller.user),
        )


@router.get("/projects")
def get_projects(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    after: str = "",
) -> HTMLResponse:
    """All projects that the person may read, by name."""
    owner, _, name = after.partition("/")
    with centre.database.read() as session:
        found = visible(session, caller.user, (owner, name) if name else None, 101)
        lines = with_newest(session, found[:100], roles_of(session, caller.user))
        following = found[99].full_name if len(found) > 100 else None
        return pages.show(request, caller, "projects.html.j2", lines=lines, following=following, after=after)


def _lines(session: Session, user: str) -> list[Line]:
    """The projects on which a user has a role of their own, the one that changed last first."""
    roles = roles_of(session, user)
    query = select(Project).where(Project.id.in_(of_user(user)), Project.deleted.is_(None))
    lines = with_newest(session, list(session.scalars(query)), roles)
    return sorted(lines, key=lambda line: line.newest.created if line.newest else line.project.created, reverse=True)


def with_newest(session: Session, projects: list[Project], roles: dict[str, Role]) -> list[Line]:
    """Some projects as lines.

    Args:
        roles: by id; whoever has none of their own reads.
    """
    newest = newest_of(session, [project.id for project in projects])
    return [Line(project, newest.get(project.id), roles.get(project.id, Role.reader)) for project in projects]


def _news(session: Session, lines: list[Line]) -> list[tuple[Project, Version]]:
    """The last versions in some projects.

    Args:
        lines: the projects, the one that changed last first: what is new is in the first ones.
    """
    found = [
        (line.project, version)
        for line in lines[:_NEWS]
        for version in history(session, line.project.id, None, _NEWS)
        if version.number > 0
    ]
    return sorted(found, key=lambda one: (one[1].created, one[1].number), reverse=True)[:_NEWS]


def _conflicts(session: Session, user: str) -> list[tuple[Project, Checkout, int]]:
    """Where a user has open conflicts, and how many."""
    query = (
        select(Project, Checkout, func.count())
        .join(Checkout, Checkout.project_id == Project.id)
        .join(Conflict, Conflict.checkout_id == Checkout.id)
        .where(Checkout.user == user, Project.deleted.is_(None), Conflict.picked.is_(None))
        .group_by(Project.id, Checkout.id)
        .order_by(Project.owner, Project.name)
    )
    return [
        (project, checkout, number)
        for project, checkout, number in session.execute(query)
        if role_of(session, project, user) is not None
    ]


def _behind(session: Session, user: str) -> list[tuple[Project, Checkout, int]]:
    """The checkouts of a user that lack published versions, and how many they lack."""
    return [
        (project, checkout, number)
        for checkout, project, _, number in outdated(session, user, _MOST)
        if number is not None and role_of(session, project, user) is not None
    ]
