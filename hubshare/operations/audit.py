"""The audit log, for those whom it concerns; the newest entries first."""

from __future__ import annotations

import redis

from hubshare.centre import Centre
from hubshare.errors import Forbidden, TooMany
from hubshare.names import count
from hubshare.operations.caller import Caller
from hubshare.operations.cursor import decode_cursor, encode_cursor
from hubshare.store import audit
from hubshare.store.models import AuditEntry as Row
from hubshare.wire.api.base import Page
from hubshare.wire.api.hub import AuditEntry

#: A copy of a version by visitors without an account is written down so often in a minute: nobody knows who they are.
_VISITORS_MOST = 1


def check_copies(caller: Caller, centre: Centre) -> None:
    """Count that the person takes a copy.

    Raises:
        TooMany: when there were too many within a minute.
    """
    most = centre.settings.writes_per_minute
    if caller.user and _over(centre, "copies", caller.user, most):
        raise TooMany(f"You took more than {count(most, 'copy', 'copies')} within a minute: try again in a minute.")


def is_written_down(caller: Caller, centre: Centre, *, project: str, version: int) -> bool:
    """Return whether a copy that is being taken is to be written down.

    Args:
        project: id.
    """
    return bool(caller.user) or not _over(centre, "copies of visitors", f"{project}:{version}", _VISITORS_MOST)


def _over(centre: Centre, what: str, who: str, most: int) -> bool:
    """Whether there was more of something than so many. Nobody knows while Redis is away: reading goes on without it."""
    try:
        return centre.bus.over(what, who, most)
    except redis.RedisError:
        return False


def read_project_audit(
    caller: Caller, centre: Centre, *, owner: str, name: str, after: str | None = None, limit: int = 100
) -> Page[AuditEntry]:
    """What was done to a project."""
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        return _page(audit.entries(session, project=project.id, before=_before(after), most=limit + 1), limit)


def read_team_audit(
    caller: Caller, centre: Centre, *, team: str, after: str | None = None, limit: int = 100
) -> Page[AuditEntry]:
    """What was done to a team and the projects that it owns."""
    with centre.database.read() as session:
        found, _ = caller.team(session, team)
        return _page(audit.entries(session, team=found.id, before=_before(after), most=limit + 1), limit)


def read_hub_audit(caller: Caller, centre: Centre, *, after: str | None = None, limit: int = 100) -> Page[AuditEntry]:
    """What was done on the whole Hub; for admins of the Hub."""
    if not caller.hub_admin:
        raise Forbidden("Only admins of the Hub see the audit log of the whole Hub.")
    with centre.database.read() as session:
        return _page(audit.entries(session, before=_before(after), most=limit + 1), limit)


def _before(after: str | None) -> int | None:
    begin = decode_cursor(after, int)
    return int(begin[0]) if begin else None


def _page(rows: list[Row], limit: int) -> Page[AuditEntry]:
    items = [AuditEntry.model_validate(row, from_attributes=True) for row in rows[:limit]]
    return Page(items=items, next=encode_cursor(items[-1].id) if len(rows) > limit else None)
