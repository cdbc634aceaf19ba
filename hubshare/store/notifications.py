"""Notifications are written here: told in the transaction of what caused them, and settled in that of what settles it.

Whoever is told of something again has one row of it all the same, and of what lasts is told once a day at most. Nobody can
fill somebody else's inbox: rows are bounded for each person, and so are those that one giver causes there and nobody has read.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Table, and_, bindparam, case, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from hubshare.store.models import Project, RefusedGiver, now
from hubshare.store.notification_tables import TOLD, Notification
from hubshare.vocabulary import NotificationKind, Role

#: Rows that one person has at most, and how many of those that one giver caused may wait to be read.
KEPT, OF_ONE_GIVER = 500, 20
#: What stands as it stood is not told again sooner.
_AGAIN = timedelta(days=1)
#: So many people, or rows, are named in one statement.
_SOME = 500
_T = TypeVar("_T")

_ROWS: Table = Notification.__table__  # type: ignore[assignment]
#: Made once: it is asked after each batch of jobs, and mostly there is none.
_OPEN = select(_ROWS.c.number, _ROWS.c.user, _ROWS.c.thing).where(
    _ROWS.c.kind == bindparam("kind"), _ROWS.c.thing.in_(bindparam("things", expanding=True)), _ROWS.c.done.is_(None)
)


class News(NamedTuple):
    """What somebody is told.

    Attributes:
        kind, thing, project_id, team_id, giver: see `Notification`.
        details: the same. Of what lasts and is told again and again, `condition` says how it stands: told once more while that
            is as it was, it only counts, and is unread again after a day.
    """

    kind: NotificationKind
    thing: str
    details: Mapping[str, Any]
    project_id: str | None = None
    team_id: str | None = None
    giver: str = ""


def tell(session: Session, users: Iterable[str], news: News) -> None:
    """Tell some people of something. Whoever did it is not told, nor who wants to hear nothing of the one who did."""
    session.flush()
    for some in _some(sorted({*users} - {news.giver, ""})):
        told = _listening(session, some, news) if news.giver else some
        if told:
            _put(session, told, news)
            _forget_too_many(session, told)
            _will_hear(session, told)


def settle(
    session: Session, kind: NotificationKind, things: Collection[str], only: Container[tuple[str, str]] | None = None
) -> None:
    """Say that some things need nobody any more.

    Args:
        only: of these pairs of a user and a thing alone; None for all who were told.
    """
    told = session.connection().execute(_OPEN, {"kind": kind, "things": sorted(things)})
    over = {number: user for number, user, thing in told if only is None or (user, thing) in only}
    for some in _some(sorted(over)):
        session.execute(update(Notification).where(Notification.number.in_(some)).values(done=now()))
        _will_hear(session, [over[number] for number in some])


def tell_of_roles(
    session: Session,
    project: Project,
    before: Mapping[str, Role | None],
    after: Mapping[str, Role | None],
    giver: str,
) -> None:
    """Tell people what they may do with a project now, where that is something else than before.

    Args:
        project: whoever may not see it any more is told the name that it has at that moment.
        before, after: role by user; only who is in `after` is told.
        giver: who changed it; "" for nobody in particular.
    """
    for (old, new), users in _by_change(before, after).items():
        if new is None:
            settle_for(session, "access", project.id, users)
            tell(session, users, News("access_lost", project.id, {"name": project.full_name}, giver=giver))
        else:
            settle_for(session, "access_lost", project.id, users)
            details = {"role": new.name, "before": old.name if old else ""}
            tell(session, users, News("access", project.id, details, project.id, giver=giver))


def settle_for(session: Session, kind: NotificationKind, thing: str, users: Iterable[str]) -> None:
    """Say that something needs some people no more."""
    for some in _some(sorted(users)):
        of_them = Notification.user.in_(some), Notification.kind == kind, Notification.thing == thing
        session.execute(update(Notification).where(*of_them, Notification.done.is_(None)).values(done=now()))
        _will_hear(session, some)


def remind(session: Session, rows: Sequence[Notification], at: datetime) -> None:
    """Have people see once more what they were told."""
    for row in rows:
        row.time, row.read, row.mailed, row.posted = at, None, None, None
    session.flush()
    _will_hear(session, {row.user for row in rows})


def mark_read(
    session: Session,
    user: str,
    *,
    number: int | None = None,
    until: datetime | None = None,
    kind: NotificationKind | None = None,
) -> int:
    """Note that a person has read something; return how much of it was unread.

    Args:
        number: of the only one; None for all.
        until: of all, those that were told until then.
        kind: of all, those of this one.
    """
    unread = [Notification.user == user, Notification.read.is_(None)]
    if number is not None:
        unread.append(Notification.number == number)
    if until is not None:
        unread.append(Notification.time <= until)
    if kind is not None:
        unread.append(Notification.kind == kind)
    found: int = session.execute(update(Notification).where(*unread).values(read=now())).rowcount  # type: ignore[attr-defined]
    if found:
        _will_hear(session, [user])
    return found


def forget_notifications(session: Session, before: datetime) -> None:
    """Let go what was told before a time."""
    session.execute(delete(Notification).where(Notification.time < before))


def _some(rows: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (rows[at : at + _SOME] for at in range(0, len(rows), _SOME))


def _by_change(
    before: Mapping[str, Role | None], after: Mapping[str, Role | None]
) -> dict[tuple[Role | None, Role | None], list[str]]:
    changes: dict[tuple[Role | None, Role | None], list[str]] = {}
    for user in sorted(after):
        change = before.get(user), after.get(user)
        if change[0] != change[1]:
            changes.setdefault(change, []).append(user)
    return changes


def _listening(session: Session, users: Sequence[str], news: News) -> list[str]:
    """Those who may still be told something of a giver."""
    deaf = select(RefusedGiver.user).where(RefusedGiver.user.in_(users), RefusedGiver.giver == news.giver)
    waiting = Notification.user.in_(users), Notification.giver == news.giver, Notification.read.is_(None)
    full = select(Notification.user).where(*waiting).group_by(Notification.user).having(func.count() >= OF_ONE_GIVER)
    out = {*session.scalars(deaf), *session.scalars(full)}
    return [user for user in users if user not in out]


def _put(session: Session, users: Sequence[str], news: News) -> None:
    at = now()
    rows = [
        {
            **news._asdict(),
            "details": dict(news.details),
            "user": user,
            "count": 1,
            "created": at,
            "time": at,
        }
        for user in users
    ]
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    add: Any = dialect.insert(_ROWS)
    again = {name: add.excluded[name] for name in ("project_id", "team_id", "giver", "details")}
    # What was settled begins anew.
    again |= {"count": case((_ROWS.c.done.is_(None), _ROWS.c["count"] + 1), else_=1), "done": None}
    as_it_stood = and_(
        _ROWS.c.done.is_(None),
        _ROWS.c.time > at - _AGAIN,
        _ROWS.c.details["condition"].as_string() == add.excluded.details["condition"].as_string(),
    )
    again |= {name: case((as_it_stood, _ROWS.c[name])) for name in ("read", "mailed", "posted")}
    again |= {"time": case((as_it_stood, _ROWS.c.time), else_=add.excluded.time)}
    session.execute(add.on_conflict_do_update(index_elements=["user", "kind", "thing"], set_=again), rows)


def _forget_too_many(session: Session, users: Sequence[str]) -> None:
    """Let the oldest go of those who have too many: first what is settled or read, then what others caused."""
    many = select(Notification.user, func.count()).where(Notification.user.in_(users)).group_by(Notification.user)
    for user, number in session.execute(many.having(func.count() > KEPT)).all():
        over = case((Notification.done.is_not(None), 0), (Notification.read.is_not(None), 1), else_=2)
        order = over, Notification.giver == "", Notification.time, Notification.number
        oldest = select(Notification.number).where(Notification.user == user).order_by(*order).limit(number - KEPT)
        session.execute(delete(Notification).where(Notification.number.in_(list(session.scalars(oldest)))))


def _will_hear(session: Session, users: Iterable[str]) -> None:
    """Have people's pages and agents ask once this is committed."""
    session.info.setdefault(TOLD, set()).update(users)
