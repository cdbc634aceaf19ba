"""Quotas: how much one owner may have. Rates are in `hubshare.bus`, since they need no memory that lasts."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from hubshare.config import MIB, CentreSettings
from hubshare.errors import OverQuota
from hubshare.names import count as words
from hubshare.store.models import Project, Team
from hubshare.store.versions import Branch


def check_projects(session: Session, limits: CentreSettings, owner: str, team: Team | None) -> None:
    """Whether a user or a team may own one more project.

    Raises:
        OverQuota: when not.
    """
    count = session.scalar(select(func.count()).select_from(Project).where(*_of(owner, team.id if team else None))) or 0
    if count >= limits.max_projects:
        raise OverQuota(
            f"{owner} owns {words(count, 'project')} (deleted ones count until they are gone), which is the limit here: "
            "delete some, or ask an admin of the Hub."
        )


def check_teams(session: Session, limits: CentreSettings, user: str) -> None:
    """Whether a user may create one more team.

    Raises:
        OverQuota: when not.
    """
    count = session.scalar(select(func.count()).select_from(Team).where(Team.creator == user)) or 0
    if count >= limits.max_teams:
        raise OverQuota(
            f"You have created {words(count, 'team')}, which is the limit here: delete one, or ask an admin of the Hub."
        )


def check_bytes(session: Session, limits: CentreSettings, project: Project | Branch, more: int) -> None:
    """Whether a project may grow by so many bytes.

    Raises:
        OverQuota: when its owner would have too much.
    """
    if not limits.max_owner_bytes:
        return
    used = session.scalar(select(func.sum(Project.bytes)).where(*_of(project.owner, project.team_id))) or 0
    if used + more > limits.max_owner_bytes:
        raise OverQuota(
            f"The projects of {project.owner} hold {used / MIB:,.1f} MiB, and this push adds {more / MIB:,.1f} MiB; "
            f"the limit is {limits.max_owner_bytes / MIB:,.1f} MiB. Nothing is lost: your files stay here. "
            "Delete projects, or ask an admin of the Hub."
        )


def _of(owner: str, team: str | None) -> tuple[ColumnElement[bool], ...]:
    return (Project.team_id == team,) if team else (Project.owner == owner, Project.team_id.is_(None))
