"""Mail in the database: who is to be sent something now, what was begun and what came of it, and how much was sent of late.

Each function works in a transaction of its caller. A mail is begun in one and ended in another: what was told is marked only
then, so that a process that dies between loses nothing, and what it had begun goes out under the same name once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from hubshare.store.mail_tables import MailSetting, SentMail
from hubshare.store.notification_tables import Notification
from hubshare.wire.agent import new_id

#: Whoever sends a mail has so long for it.
BEGUN = timedelta(minutes=5)
#: So long a link confirms an address.
CONFIRMS = timedelta(hours=24)
#: A mail that could not be sent is tried again after longer and longer, and so often.
_WAIT, _LONGEST_WAIT, GIVEN_UP_AFTER = timedelta(minutes=5), timedelta(hours=12), 10
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


class Told(NamedTuple):
    """A notification as it is mailed: told anew afterwards, it is mailed anew."""

    number: int
    time: datetime


def setting_of(session: Session, user: str, *, lock: bool = False) -> MailSetting | None:
    """How a person wants mail; None for who never said."""
    return session.get(MailSetting, user, with_for_update=lock)


def setting_of_id(session: Session, name: str) -> MailSetting | None:
    """The same, by what links name it by."""
    return session.scalar(select(MailSetting).where(MailSetting.id == name).with_for_update())


def unsent(user: InstrumentedAttribute[str] | str) -> ColumnElement[bool]:
    """The condition that a notification needs a person, and was not mailed as it is now."""
    return and_(
        Notification.user == user,
        Notification.read.is_(None),
        Notification.done.is_(None),
        Notification.mailed.is_(None),
    )


def due(session: Session, at: datetime, first: timedelta, most: int) -> list[str]:
    """Those to whom something is to be sent, who wait for longest first.

    Args:
        first: what is new waits for so long, for others that come along.
    """
    told = exists().where(unsent(MailSetting.user), Notification.created <= at - first)
    wants = or_(MailSetting.asks, and_(MailSetting.wanted, MailSetting.address != "", told))
    free = or_(MailSetting.begun_until.is_(None), MailSetting.begun_until <= at)
    query = select(MailSetting.user).where(or_(MailSetting.due.is_(None), MailSetting.due <= at), free, wants)
    return list(session.scalars(query.order_by(MailSetting.due.is_not(None), MailSetting.due).limit(most)))


def take(session: Session, user: str, at: datetime) -> MailSetting | None:
    """The setting of a person to whom a mail may be begun; None where another process has, or there is nothing to send."""
    row = setting_of(session, user, lock=True)
    if row is None or (row.begun_until is not None and row.begun_until > at):
        return None
    return row if row.asks or (row.wanted and row.address) else None


def begin(session: Session, row: MailSetting, at: datetime) -> None:
    """Begin a mail."""
    row.begun_until, row.letter = at + BEGUN, row.letter or new_id()
    if not row.asks:
        _note_sent(session, row.user, row.address, at, asking=False)
    session.flush()


def goes_to(row: MailSetting) -> str:
    """Where the next mail goes: the address that has to be confirmed, or the one that is."""
    return row.asked_address if row.asks else row.address


def unsent_of(session: Session, user: str) -> list[Told]:
    """All that was told to a person and is not mailed."""
    return [Told(*row) for row in session.execute(select(Notification.number, Notification.time).where(unsent(user)))]


def mark_mailed(session: Session, told: Sequence[Told], at: datetime) -> None:
    """Write down that something was mailed, or is not to be; not what was told anew meanwhile."""
    as_told = Notification.number == bindparam("n"), Notification.time == bindparam("t")
    if told:
        session.connection().execute(
            update(Notification).where(*as_told).values(mailed=at), [{"n": one.number, "t": one.time} for one in told]
        )


def end(session: Session, begun: MailSetting, due: datetime | None) -> MailSetting | None:
    """End a mail that was begun; return the setting, unless another mail has taken its place.

    Args:
        due: before this there is no other one.
    """
    row = setting_of(session, begun.user, lock=True)
    if row is None or row.letter != begun.letter:
        return None
    row.begun_until, row.due = None, due
    return row


def wait(failures: int) -> timedelta:
    """Return how long a person to whom nothing could be sent is left alone, after so many failures."""
    return min(_WAIT * (1 << min(failures - 1, 10)), _LONGEST_WAIT)


def note_asked(session: Session, user: str, address: str, at: datetime) -> None:
    """Write down that a person has asked for a link to an address."""
    _note_sent(session, user, address, at, asking=True)


def _note_sent(session: Session, user: str, address: str, at: datetime, *, asking: bool) -> None:
    session.add(SentMail(user=user, address=address, asking=asking, time=at))


def count_of_day(session: Session, user: str, at: datetime, *, asking: bool) -> int:
    """How much was sent to a person within a day."""
    return _count(session, SentMail.user == user, SentMail.asking.is_(asking), SentMail.time > at - _DAY)


def count_asked(session: Session, address: str, at: datetime, user: str | None = None) -> int:
    """How often an address was asked within a day; by one person, or whoever gave it."""
    asked = SentMail.address == address, SentMail.asking.is_(True), SentMail.time > at - _DAY
    return _count(session, *asked, *([] if user is None else [SentMail.user == user]))


def count_of_hour(session: Session, at: datetime) -> int:
    """How much was sent within an hour in all."""
    return _count(session, SentMail.time > at - _HOUR)


def forget_old_mail(session: Session, at: datetime) -> None:
    """Let go what bounds nothing any more, and addresses that nobody has confirmed in time."""
    session.execute(delete(SentMail).where(SentMail.time <= at - _DAY))
    over = MailSetting.asked_address != "", MailSetting.asked <= at - CONFIRMS
    session.execute(update(MailSetting).where(*over).values(asked_address="", code="", asks=False))


def forget_setting(session: Session, user: str) -> None:
    """Forget where a person has mail; what was sent of late still counts."""
    session.execute(delete(MailSetting).where(MailSetting.user == user))


def forget_mail_of(session: Session, users: Iterable[str]) -> None:
    """Forget where people have mail, and what was sent to them."""
    for user in users:
        forget_setting(session, user)
        session.execute(delete(SentMail).where(SentMail.user == user))


def _count(session: Session, *which: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(SentMail).where(*which)) or 0
