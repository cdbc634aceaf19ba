"""What single-user servers use, as it is written down in batches, and read again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

from sqlalchemy import Table, and_, case, delete, func, or_, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from hubshare.store.usage_tables import ServerSample, ServerUse
from hubshare.wire.usage import SERVERS_MOST, Reported

#: How long the spans are, and how long each kind is kept.
RECENT, HOURS = 300, 3600
KEPT = {RECENT: timedelta(hours=48), HOURS: timedelta(days=90)}
#: A server of which nothing was heard for so long is not among those that run.
THERE = timedelta(hours=1)

Sorting = Literal["memory", "cpu", "disk", "idle"]

_EPOCH = datetime(1970, 1, 1)
#: Rows that go in one transaction.
_GONE = 5000
_USES: Table = ServerUse.__table__  # type: ignore[assignment]
_SAMPLES: Table = ServerSample.__table__  # type: ignore[assignment]


class Place(NamedTuple):
    """Where a page of a list begins: behind this server."""

    value: int
    user: str
    server: str


def add_usage(session: Session, reported: Sequence[Reported]) -> None:
    """Write reports down; one that is there already counts once."""
    users = sorted({one.user for one in reported})
    query = select(ServerUse.user, ServerUse.server, ServerUse.seen).where(ServerUse.user.in_(users))
    known = {(user, server): seen for user, server, seen in session.execute(query)}
    new = [one for one in reported if known.get((one.user, one.server), _EPOCH) < _time(one.at)]
    if not new:
        return
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    add: Any = dialect.insert(_USES)
    rest = {column.name: add.excluded[column.name] for column in _USES.columns if not column.primary_key}
    session.execute(add.on_conflict_do_update(index_elements=["user", "server"], set_=rest), [*map(_use, new)])
    add = dialect.insert(_SAMPLES)
    more, there = add.excluded, _SAMPLES.c
    merged = {
        "reports": there.reports + more.reports,
        "busy": there.busy + more.busy,
        "cpu": func.coalesce(there.cpu + more.cpu, there.cpu, more.cpu),
        "memory": case((there.memory > more.memory, there.memory), else_=func.coalesce(more.memory, there.memory)),
        "disk": func.coalesce(more.disk, there.disk),
    }
    samples = [_sample(one, span) for one in new for span in KEPT]
    session.execute(add.on_conflict_do_update(index_elements=["user", "server", "span", "start"], set_=merged), samples)
    _forget_too_many(session, users)


def _use(one: Reported) -> dict[str, Any]:
    said = one.said
    return {
        "user": one.user,
        "server": one.server,
        "seen": _time(one.at),
        "active": _time(one.at - said["idle_seconds"]).replace(microsecond=0),
        "memory": said["memory_bytes"],
        "memory_limit": said["memory_limit_bytes"],
        "cpu": _thousandths(said["cpu"]),
        "cpu_limit": _thousandths(said["cpu_limit"]),
        "processes": said["processes"],
        "disk": said["disk_bytes"],
        "disk_limit": said["disk_limit_bytes"],
        "documents": said["documents"],
        "kernels": said["kernels"],
    }


def _sample(one: Reported, span: int) -> dict[str, Any]:
    at = _time(one.at)
    return {
        "user": one.user,
        "server": one.server,
        "span": span,
        "start": at - (at - _EPOCH) % timedelta(seconds=span),
        "reports": 1,
        "busy": int(any(kernel["busy"] for kernel in one.said["kernels"])),
        "memory": one.said["memory_bytes"],
        "cpu": _thousandths(one.said["cpu"]),
        "disk": one.said["disk_bytes"],
    }


def _forget_too_many(session: Session, users: Sequence[str]) -> None:
    """Let the servers go that somebody has too many of, those that were seen longest ago."""
    counted = select(ServerUse.user).where(ServerUse.user.in_(users)).group_by(ServerUse.user)
    for user in session.scalars(counted.having(func.count() > SERVERS_MOST)).all():
        of_user = select(ServerUse.server).where(ServerUse.user == user)
        gone = session.scalars(of_user.order_by(ServerUse.seen.desc()).offset(SERVERS_MOST)).all()
        for table in (ServerUse, ServerSample):
            session.execute(delete(table).where(table.user == user, table.server.in_(gone)))


def is_anything_old(session: Session, at: datetime) -> bool:
    """Return whether something has been kept for long enough."""
    return session.scalar(select(ServerSample.user).where(_old(at)).limit(1)) is not None


def forget_old(session: Session, at: datetime) -> None:
    """Let some of what has been kept for long enough go."""
    key = (ServerSample.user, ServerSample.server, ServerSample.span, ServerSample.start)
    gone = select(*key).where(_old(at)).limit(_GONE)
    session.execute(delete(ServerSample).where(tuple_(*key).in_(gone)).execution_options(synchronize_session=False))
    session.execute(delete(ServerUse).where(ServerUse.seen < at - max(KEPT.values())))


def _old(at: datetime) -> Any:
    return or_(*(and_(ServerSample.span == span, ServerSample.start < at - kept) for span, kept in KEPT.items()))


def list_usage(
    session: Session, at: datetime, sort: Sorting, user: str, after: Place | None, most: int
) -> list[tuple[ServerUse, Place]]:
    """Servers that run, those with the most first; each with the place behind it.

    Args:
        user: whose; "" for everybody's.
        after: only those behind.
        most: how many at most.
    """
    names = (ServerUse.user, ServerUse.server)
    query = select(ServerUse).where(ServerUse.seen >= at - THERE)
    if user:
        query = query.where(ServerUse.user == user)
    if sort == "idle":
        query = query.order_by(ServerUse.active, *names)
        if after is not None:
            begin = _EPOCH + timedelta(seconds=min(after.value, 2**36))
            query = query.where(tuple_(ServerUse.active, *names) > tuple_(begin, after.user, after.server))
    else:
        value = func.coalesce(getattr(ServerUse, sort), -1)
        query = query.order_by(value.desc(), *names)
        if after is not None:
            behind = tuple_(*names) > tuple_(after.user, after.server)
            query = query.where(or_(value < after.value, and_(value == after.value, behind)))
    return [(row, _place(row, sort)) for row in session.scalars(query.limit(most))]


def _place(row: ServerUse, sort: Sorting) -> Place:
    if sort == "idle":
        return Place(int((row.active - _EPOCH).total_seconds()), row.user, row.server)
    value = getattr(row, sort)
    return Place(-1 if value is None else value, row.user, row.server)


def usage_of(session: Session, user: str) -> list[ServerUse]:
    """The servers of a user, those that were seen last first."""
    return list(session.scalars(select(ServerUse).where(ServerUse.user == user).order_by(ServerUse.seen.desc())))


def history_of(session: Session, user: str, server: str, span: int) -> list[ServerSample]:
    """What a server used, the oldest first."""
    of_server = select(ServerSample).where(ServerSample.user == user, ServerSample.server == server)
    return list(session.scalars(of_server.where(ServerSample.span == span).order_by(ServerSample.start)))


class Figures(NamedTuple):
    """What a server used, without whose it is; see `ServerUse`."""

    memory: int | None
    cpu: int | None
    active: datetime
    seen: datetime
    memory_limit: int | None = None
    disk: int | None = None
    disk_limit: int | None = None


def usage_figures(session: Session, at: datetime) -> list[Figures]:
    """The figures of all servers that run."""
    columns = [getattr(ServerUse, name) for name in Figures._fields]
    return [Figures(*row) for row in session.execute(select(*columns).where(ServerUse.seen >= at - THERE))]


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(max(0.0, seconds), UTC).replace(tzinfo=None)


def _thousandths(value: float | None) -> int | None:
    return None if value is None else round(value * 1000)
