"""The audit log: who did what to which project or team, when, with which token, through which door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from hubshare.store.models import AuditEntry, Project, Team, now
from hubshare.store.versions import Branch

_ADD = insert(AuditEntry.__table__)  # type: ignore[arg-type]


class Actor(NamedTuple):
    """Who acts.

    Attributes:
        user: the Hub user; "" for somebody who is not signed in.
        door: `api`, `git`, `agent`, `page`, `import`, `mirror` or `hub`.
        token: note of the token, never its value.
        token_id: which token it is, where nobody else counts what is done with it; see `hubshare.operations.caller.Person`.
    """

    user: str
    door: str
    token: str = ""
    token_id: str = ""


class AuditRecord(NamedTuple):
    """One thing that was done; see `record`."""

    actor: Actor
    action: str
    on: Project | Branch | Team | None
    details: dict[str, Any]


def record(session: Session, actor: Actor, action: str, on: Project | Branch | Team | None, **details: Any) -> None:
    """Add an entry, in the transaction of what it tells of.

    Args:
        on: the project or team; None for what concerns neither.
        details: plain values.
    """
    record_all(session, [AuditRecord(actor, action, on, details)])


def record_all(session: Session, found: Sequence[AuditRecord]) -> None:
    """Add entries, the earliest first, in the transaction of what they tell of."""
    if found:
        session.connection().execute(_ADD, [_values(entry) for entry in found])


def _values(entry: AuditRecord) -> dict[str, Any]:
    actor, action, on, details = entry
    return {
        "time": now(),
        "user": actor.user,
        "action": action,
        "project_id": on.id if isinstance(on, Project | Branch) else None,
        "team_id": on.id if isinstance(on, Team) else on.team_id if isinstance(on, Project | Branch) else None,
        "name": on.full_name if isinstance(on, Project | Branch) else on.name if on else "",
        "door": actor.door,
        "token": actor.token[:255],
        "details": details,
    }


def entries(
    session: Session, *, project: str | None = None, team: str | None = None, before: int | None = None, most: int = 100
) -> list[AuditEntry]:
    """Entries, the newest first.

    Args:
        project, team: id; only what concerns it. Neither: all of the Hub.
        before: only entries with a smaller id.
        most: how many at most.
    """
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(most)
    if project is not None:
        query = query.where(AuditEntry.project_id == project)
    if team is not None:
        query = query.where(AuditEntry.team_id == team)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return list(session.scalars(query))


def was_cloned(session: Session, project: str) -> bool:
    """Whether anybody took a clone of a project by git, as far as the log goes back."""
    clones = AuditEntry.project_id == project, AuditEntry.door == "git", AuditEntry.action == "project.read"
    return session.scalar(select(AuditEntry.id).where(*clones).limit(1)) is not None
