"""The inbox of a person: what needs them, and what they have read of it."""

from __future__ import annotations

from datetime import UTC, datetime

from hubshare.centre import Centre
from hubshare.errors import NotFound, Unavailable
from hubshare.operations.caller import Caller
from hubshare.operations.cursor import decode_cursor, encode_cursor
from hubshare.operations.notifications.kinds import KINDS, Facts
from hubshare.store import inbox
from hubshare.store.database import Session
from hubshare.store.inbox import Told
from hubshare.store.notifications import mark_read
from hubshare.vocabulary import NotificationKind
from hubshare.wire.api.base import Page
from hubshare.wire.api.notifications import Notification, ReadAll, ReadCount


def list_notifications(
    caller: Caller,
    centre: Centre,
    *,
    everything: bool = False,
    kind: NotificationKind | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Page[Notification]:
    """What the caller was told, the newest first.

    Args:
        everything: also what was read, and what is settled.
        kind: only of this one.
    """
    place = decode_cursor(after, str, int)
    with centre.database.read() as session:
        begin = (_time(str(place[0])), int(place[1])) if place else None
        return read_page(session, caller.user, everything=everything, kind=kind, after=begin, limit=limit)


def read_page(
    session: Session,
    user: str,
    *,
    everything: bool = False,
    kind: NotificationKind | None = None,
    number: int | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = 100,
) -> Page[Notification]:
    """The same in a session, from a place on; or only what has a number."""
    found, last = inbox.read_inbox(
        session, user, everything=everything, kind=kind, number=number, after=after, most=limit
    )
    following = encode_cursor(last[0].isoformat(), last[1]) if last is not None else None
    return Page(items=[to_resource(told) for told in found], next=following)


def count_unread(centre: Centre, user: str) -> int:
    """How much a person has not read that still needs them; 0 while the database does not say."""
    try:
        with centre.database.read() as session:
            return inbox.count_unread(session, user)
    except Unavailable:
        return 0


def read_notification(caller: Caller, centre: Centre, *, number: int) -> None:
    """Note that the caller has read something.

    Raises:
        NotFound: when the caller was told nothing of that number.
    """
    with centre.database.begin(f"inbox {caller.user}") as session:
        if not mark_read(session, caller.user, number=number) and not inbox.was_told(session, caller.user, number):
            raise NotFound("There is no such notification: it may have been forgotten by now.")


def read_all(caller: Caller, centre: Centre, *, wanted: ReadAll) -> ReadCount:
    """Note that the caller has read all that was told until a moment, or what is of one kind of it."""
    until = wanted.until
    with centre.database.begin(f"inbox {caller.user}") as session:
        if until is not None and until.tzinfo is not None:
            until = until.astimezone(UTC).replace(tzinfo=None)
        return ReadCount(read=mark_read(session, caller.user, until=until, kind=wanted.kind))


def to_resource(told: Told) -> Notification:
    """A notification as the API shows it."""
    row = told.row
    kind = KINDS[row.kind]
    facts = Facts(row.thing, {**row.details, **told.now}, told.project, told.team, row.giver)
    return Notification(
        number=row.number,
        kind=row.kind,
        words=kind.words(facts),
        advice=kind.advice(facts),
        page="/".join(kind.page(facts)),
        project=told.project,
        count=row.count,
        time=row.time,
        read=row.read,
        done=row.done,
    )


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        # A place before everything: what was made up leads nowhere.
        return datetime.min
