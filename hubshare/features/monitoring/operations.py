"""What servers use: taken in from themselves, and shown to their users and to those who run the Hub."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import redis

from hubshare.bus.usage import note_usage
from hubshare.centre import Centre
from hubshare.errors import NotFound, TooMany, Unavailable
from hubshare.operations.caller import Caller
from hubshare.operations.cursor import decode_cursor, encode_cursor
from hubshare.operations.ops import check_may_see
from hubshare.store.database import Session
from hubshare.store.models import now
from hubshare.store.usage import HOURS, RECENT, Place, Sorting, history_of, list_usage, usage_of
from hubshare.wire.api.base import Page
from hubshare.wire.api.usage import ServerUsage, UsageHistory, UsageNoted, UsageReport, UsageSample
from hubshare.wire.usage import SERVERS_MOST

#: A server reports so often; the more users there are, the less often, so that so many reports a second are the most.
_LEAST_SECONDS, _MOST_SECONDS, _PER_SECOND = 60.0, 900.0, 50


def report_usage(caller: Caller, centre: Centre, *, said: UsageReport) -> UsageNoted:
    """Take in what a server of the caller says of itself.

    Raises:
        TooMany: too many servers of the caller report.
        Unavailable: Redis does not answer.
    """
    try:
        heard = note_usage(centre.bus.redis, caller.user, said.server, said.model_dump(mode="json", exclude={"server"}))
    except redis.RedisError as error:
        raise Unavailable("HubShare's Redis does not answer: the next report will do.") from error
    if heard is None:
        raise TooMany(f"{SERVERS_MOST} servers of yours report already: one is forgotten an hour after it was stopped.")
    return UsageNoted(seconds=min(max(_LEAST_SECONDS, heard / _PER_SECOND), _MOST_SECONDS))


def list_own(caller: Caller, centre: Centre) -> list[ServerUsage]:
    """The caller's servers, those that were seen last first."""
    with centre.database.read() as session:
        return [*map(_told, usage_of(session, caller.user))]


def list_all(
    caller: Caller,
    centre: Centre,
    *,
    sort: Sorting = "memory",
    user: str = "",
    after: str | None = None,
    limit: int = 100,
) -> Page[ServerUsage]:
    """Everybody's servers that run, those with the most first, for those who run the Hub.

    Args:
        user: only those of this user.

    Raises:
        Forbidden: for everybody else.
        Invalid: `after` is no cursor.
    """
    check_may_see(caller)
    place: Any = decode_cursor(after, int, str, str)
    with centre.database.read() as session:
        found = list_usage(session, now(), sort, user, Place(*place) if place else None, limit + 1)
        more = encode_cursor(*found[limit - 1][1]) if len(found) > limit else None
        return Page(items=[_told(row) for row, _ in found[:limit]], next=more)


def read_own_history(caller: Caller, centre: Centre, *, server: str) -> UsageHistory:
    """What a server of the caller used.

    Raises:
        NotFound: nothing was heard of it.
    """
    with centre.database.read() as session:
        return _history(session, caller.user, server)


def read_history(caller: Caller, centre: Centre, *, user: str, server: str) -> UsageHistory:
    """What anybody's server used, for those who run the Hub.

    Raises:
        Forbidden: for everybody else.
        NotFound: nothing was heard of it.
    """
    check_may_see(caller)
    with centre.database.read() as session:
        return _history(session, user, server)


def _history(session: Session, user: str, server: str) -> UsageHistory:
    found = next((row for row in usage_of(session, user) if row.server == server), None)
    if found is None:
        raise NotFound("This server has not reported what it uses within the last 90 days, or there is none.")
    recent, hours = (_samples(history_of(session, user, server, span)) for span in (RECENT, HOURS))
    return UsageHistory(usage=_told(found), recent=recent, hours=hours)


def _samples(rows: Sequence[Any]) -> list[UsageSample]:
    return [
        UsageSample(
            start=row.start,
            memory_bytes=row.memory,
            cpu=None if row.cpu is None else row.cpu / row.reports / 1000,
            disk_bytes=row.disk,
            busy=row.busy / row.reports,
        )
        for row in rows
    ]


def _told(row: Any) -> ServerUsage:
    return ServerUsage(
        user=row.user,
        server=row.server,
        seen=row.seen,
        active=row.active,
        idle_seconds=max(0.0, (row.seen - row.active).total_seconds()),
        memory_bytes=row.memory,
        memory_limit_bytes=row.memory_limit,
        cpu=_processors(row.cpu),
        cpu_limit=_processors(row.cpu_limit),
        processes=row.processes,
        disk_bytes=row.disk,
        disk_limit_bytes=row.disk_limit,
        documents=row.documents,
        kernels=row.kernels,
    )


def _processors(thousandths: int | None) -> float | None:
    return None if thousandths is None else thousandths / 1000
