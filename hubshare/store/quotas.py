"""Quotas: how much one owner may have. Rates are in `hubshare.bus`, since they need no memory that lasts."""

from __future__ import annotations

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from hubshare.config import MIB, CentreSettings
from hubshare.errors import OverQuota, TooLarge
from hubshare.names import count as words
from hubshare.store.models import Checkout, Origin, Project, Team
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


def check_checkouts(session: Session, limits: CentreSettings, user: str) -> None:
    """Whether a user may have one more checkout.

    Raises:
        OverQuota: when not.
    """
    count = session.scalar(select(func.count()).select_from(Checkout).where(Checkout.user == user)) or 0
    if count >= limits.max_checkouts:
        raise OverQuota(
            f"You have {words(count, 'checkout')}, which is the limit here: unlink folders that you do not need, or ask an "
            "admin of the Hub."
        )


def check_bytes(session: Session, limits: CentreSettings, project: Project | Branch, more: int) -> None:
    """Whether a project may grow by so many bytes.

    Raises:
        OverQuota: when its owner would have too much.
    """
    if limits.max_owner_bytes:
        own = max(project.bytes, project.unpacked)
        _check(limits, project.owner, held_besides(session, limits, project) + own, more, project.bytes + more - own)


def held_besides(session: Session, limits: CentreSettings, project: Project | Branch) -> int:
    """How many bytes the other projects of its owner hold: each what was pushed to it or what it takes on a disk, whichever is
    more; and what was fetched for all of them from the internet. 0 where there is no limit."""
    if not limits.max_owner_bytes:
        return 0
    larger = case((Project.bytes > Project.unpacked, Project.bytes), else_=Project.unpacked)
    of_owner = _of(project.owner, project.team_id)
    others = select(func.sum(larger)).where(*of_owner, Project.id != project.id)
    fetched = select(func.sum(Origin.held)).join(Project, Project.id == Origin.project_id).where(*of_owner)
    return int(session.scalar(others) or 0) + int(session.scalar(fetched) or 0)


def owners_above(session: Session, least: int) -> list[tuple[str, str | None, int]]:
    """Those whose projects hold so many bytes or more, as `held_besides` counts: name, id of the team or None, and how many."""
    larger = case((Project.bytes > Project.unpacked, Project.bytes), else_=Project.unpacked)
    total = func.sum(larger + func.coalesce(Origin.held, 0))
    query = select(Project.owner, Project.team_id, total).outerjoin(Origin, Origin.project_id == Project.id)
    found = session.execute(query.group_by(Project.owner, Project.team_id).having(total >= least))
    return [(owner, team, int(used)) for owner, team, used in found]


def room_to_fetch(session: Session, limits: CentreSettings, project: Branch) -> int:
    """Return how many bytes may be fetched for a project at once.

    Raises:
        OverQuota: when its owner has no room for more.
    """
    if not limits.max_owner_bytes:
        return limits.fetch_max_bytes
    used = held_besides(session, limits, project) + max(project.bytes, project.unpacked)
    if used >= limits.max_owner_bytes:
        raise OverQuota(
            f"The projects of {project.owner}, with what was fetched for them, hold {used / MIB:,.1f} MiB; the limit is "
            f"{limits.max_owner_bytes / MIB:,.1f} MiB. Delete projects, or ask an admin of the Hub."
        )
    return min(limits.fetch_max_bytes, limits.max_owner_bytes - used)


def check_growth(
    limits: CentreSettings, branch: Branch, besides: int, before: tuple[int, int], after: tuple[int, int]
) -> None:
    """Whether a project may become so large on everybody's disk. What does not grow is let pass.

    Args:
        besides: see `held_besides`.
        before, after: files and bytes.

    Raises:
        TooLarge: when it would be larger than any project may be.
        OverQuota: when its owner would have too much.
    """
    (files_before, bytes_before), (files, size) = before, after
    if files > limits.max_project_files and files > files_before:
        raise TooLarge(
            f"{branch.full_name} would have {words(files, 'file')}; at most {limits.max_project_files:,} are accepted. "
            "Nothing is lost: your files stay here. Share fewer, for example as archives, or ask an admin of the Hub."
        )
    if size <= bytes_before:
        return
    if limits.max_project_bytes and size > limits.max_project_bytes:
        raise TooLarge(
            f"{branch.full_name} would take {size / MIB:,.1f} MiB on the disk of everybody who has it; at most "
            f"{limits.max_project_bytes / MIB:,.1f} MiB are accepted. Nothing is lost: your files stay here. "
            "Share less of it, or ask an admin of the Hub."
        )
    if limits.max_owner_bytes:
        own = max(branch.bytes, bytes_before)
        _check(limits, branch.owner, besides + own, size - bytes_before, size - own)


def _check(limits: CentreSettings, owner: str, used: int, more: int, growth: int) -> None:
    """Refuse what grows beyond the quota.

    Args:
        more: what is said to be added.
        growth: by how much what counts becomes more.
    """
    if growth > 0 and used + growth > limits.max_owner_bytes:
        raise OverQuota(
            f"The projects of {owner} hold {used / MIB:,.1f} MiB, and this push adds {more / MIB:,.1f} MiB; "
            f"the limit is {limits.max_owner_bytes / MIB:,.1f} MiB. Nothing is lost: your files stay here. "
            "Delete projects, or ask an admin of the Hub."
        )


def _of(owner: str, team: str | None) -> tuple[ColumnElement[bool], ...]:
    return (Project.team_id == team,) if team else (Project.owner == owner, Project.team_id.is_(None))
