"""What a person finds in the inbox: of all that they were told, what they may know of at this moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from hubshare.store.access.decisions import readable_by
from hubshare.store.models import Member, Offer, Project, Team
from hubshare.store.notification_tables import Notification
from hubshare.store.notifications import KEPT
from hubshare.store.offers import OpenOffer, offers_to
from hubshare.store.server_shares import requests_to
from hubshare.store.server_tables import ServerRequest
from hubshare.vocabulary import NotificationKind


def has_unread(user: BindParameter[str] | InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """The condition that a person was told something that they have not read; they may not know of it any more."""
    return exists().where(Notification.user == user, Notification.read.is_(None), Notification.done.is_(None))


_UNREAD = select(has_unread(bindparam("user")))


class Told(NamedTuple):
    """A notification, and what is known of it now.

    Attributes:
        project, team: how what it is about is called; "" where it is about none.
        now: details that nobody wrote down, since they may change.
    """

    row: Notification
    project: str
    team: str
    now: Mapping[str, str]


def read_inbox(
    session: Session,
    user: str,
    *,
    everything: bool = False,
    kind: NotificationKind | None = None,
    number: int | None = None,
    after: tuple[datetime, int] | None = None,
    most: int = KEPT,
) -> tuple[list[Told], tuple[datetime, int] | None]:
    """What a person was told, the newest first.

    Args:
        everything: also what was read, and what is settled.
        kind: only of this one.
        number: only this one.
        after: time and number of the last one that was seen.

    Returns:
        At most so many, and the time and number of the last one that was looked at, where there are more.
    """
    query = _visible(user).order_by(Notification.time.desc(), Notification.number.desc()).limit(most + 1)
    if not everything:
        query = query.where(Notification.read.is_(None), Notification.done.is_(None))
    if kind is not None:
        query = query.where(Notification.kind == kind)
    if number is not None:
        query = query.where(Notification.number == number)
    if after is not None:
        time, number = after
        older = and_(Notification.time == time, Notification.number < number)
        query = query.where(or_(Notification.time < time, older))
    found = [
        Told(row, f"{owner}/{name}" if owner else "", team or "", {})
        for row, owner, name, team in session.execute(query)
    ]
    last = found[most - 1].row if len(found) > most else None
    return _answerable(session, user, found[:most]), (last.time, last.number) if last is not None else None


def count_unread(session: Session, user: str) -> int:
    """How much a person has not read that still needs them."""
    # Every page asks, and mostly there is nothing.
    if not session.scalar(_UNREAD, {"user": user}):
        return 0
    return len(read_inbox(session, user)[0])


def _visible(user: str) -> Select[Notification, str | None, str | None, str | None]:
    """A person's rows, with the names of what they are about."""
    inside = exists().where(Member.team_id == Team.id, Member.user == user)
    return (
        select(Notification, Project.owner, Project.name, Team.name)
        .outerjoin(Project, Project.id == Notification.project_id)
        .outerjoin(Team, Team.id == Notification.team_id)
        .where(
            Notification.user == user,
            or_(Notification.project_id.is_(None), readable_by(user)),
            or_(Notification.team_id.is_(None), inside),
        )
    )


def _answerable(session: Session, user: str, found: list[Told]) -> list[Told]:
    """Leave out what waits for an answer that nobody can give any more, and say what the rest is about."""
    kinds = {told.row.kind for told in found}
    waiting: dict[str, Mapping[str, str]] = {}
    if "offer" in kinds:
        waiting |= {one.offer.id: _offered(one) for one in offers_to(session, user)}
    if "server" in kinds:
        waiting |= {one.request.id: _until(one.request) for one in requests_to(session, user)}
    return [
        told._replace(now=waiting.get(told.row.thing, {}))
        for told in found
        if told.row.kind not in ("offer", "server") or told.row.thing in waiting
    ]


def _offered(found: OpenOffer) -> Mapping[str, str]:
    until = _until(found.offer)
    if found.team is not None:
        return {"name": found.team.name, "role": found.offer.role, **until}
    return {"name": found.project.full_name if found.project is not None else "", "role": "owner", **until}


def _until(row: Offer | ServerRequest) -> Mapping[str, str]:
    return {"until": row.expires.isoformat()}


def was_told(session: Session, user: str, number: int) -> bool:
    """Whether a person was told something of a number."""
    row = session.get(Notification, number)
    return row is not None and row.user == user
