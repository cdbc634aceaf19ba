"""What the workers do for mail: find those to whom something is to be sent, and send it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import NamedTuple

from hubshare_workers.context import Context

from hubshare.bus.mail_host import forget_mail_fault, note_mail_fault, read_mail_fault
from hubshare.centre import Centre
from hubshare.errors import Unavailable
from hubshare.features.mail import letters
from hubshare.features.mail.jobs import SEND
from hubshare.features.mail.letters import Item
from hubshare.features.mail.links import Link, make_link, page_address
from hubshare.features.mail.smtp import Post, Taken
from hubshare.jobs.payloads import Nothing
from hubshare.operations.notifications.inbox import read_page
from hubshare.store import mail
from hubshare.store.database import Session
from hubshare.store.mail_tables import MailSetting
from hubshare.store.models import now
from hubshare.store.notifications import KEPT, News, tell

log = logging.getLogger(__name__)

#: People who are sent something in one go, and for how long it goes on, in seconds; the next go is a moment later.
_PEOPLE, _SECONDS = 200, 60.0
#: So many things stand in one mail; how many more there are is said.
_ITEMS = 30
#: Whoever had as much as is sent in a day is looked at again after this.
_FULL = timedelta(hours=1)


class Begun(NamedTuple):
    """A mail that was begun, and what it tells."""

    row: MailSetting
    message: EmailMessage
    told: list[mail.Told]


def look(centre: Centre) -> None:
    """Put on the queue that mails are sent, where there are some to send.

    Raises:
        Unavailable: the queue or the database does not answer.
    """
    if not centre.settings.smtp_host:
        return
    with centre.database.read() as session:
        found = _due(centre, session, now(), 1)
    if found:
        SEND.enqueue(centre.queue, Nothing())


def send(context: Context, _: Nothing, clock: Callable[[], datetime] = now) -> None:
    """Send what is due, unless the mail server is left alone at this moment."""
    centre, end = context.centre, time.monotonic() + _SECONDS
    fault = read_mail_fault(centre.bus.redis)
    if not centre.settings.smtp_host or (fault is not None and fault.until > _seconds(clock())):
        return
    with centre.database.read() as session:
        people = _due(centre, session, clock(), _PEOPLE)
    try:
        with Post(centre.settings) as post:
            for user in people:
                if time.monotonic() > end or not _send_to(centre, post, user, clock):
                    break
    except Unavailable as error:
        failed = note_mail_fault(centre.bus.redis, error.message, _seconds(clock()))
        log.warning("no mail is sent for %.0f s: %s", failed.until - _seconds(clock()), error.message)


def _due(centre: Centre, session: Session, at: datetime, most: int) -> list[str]:
    return mail.due(session, at, timedelta(seconds=centre.settings.mail_first_seconds), most)


def _send_to(centre: Centre, post: Post, user: str, clock: Callable[[], datetime]) -> bool:
    """Send somebody what is due; return whether others may be sent something at this moment.

    Raises:
        Unavailable: the mail server cannot be used, or the database does not answer.
    """
    at = clock()
    with centre.database.begin("mail") as session:
        if mail.count_of_hour(session, at) >= centre.settings.mails_an_hour:
            log.warning("mails wait: as many were sent within an hour as HUBSHARE_MAILS_AN_HOUR allows")
            return False
        begun = _begin(centre, session, user, at)
    if begun is None:
        return True
    try:
        taken = post.send(begun.message)
    except Unavailable:
        with centre.database.begin("mail") as session:
            mail.end(session, begun.row, at + mail.wait(1))
        raise
    with centre.database.begin("mail") as session:
        _end(centre, session, begun, taken, clock())
    forget_mail_fault(centre.bus.redis)
    return True


def _begin(centre: Centre, session: Session, user: str, at: datetime) -> Begun | None:
    row = mail.take(session, user, at)
    if row is None:
        return None
    settings, sealer = centre.settings, centre.sealer
    letter, unsubscribe, told = None, "", list[mail.Told]()
    if row.asks:
        letter = letters.confirmation(user, make_link(settings, sealer, Link("confirm", row.id, row.code)))
    elif mail.count_of_day(session, user, at, asking=False) >= settings.mails_each_day:
        row.due = at + _FULL
        return None
    else:
        unsubscribe = make_link(settings, sealer, Link("unsubscribe", row.id))
        told = mail.unsent_of(session, user)
        # Only what the person may know of at this moment.
        wanted = {one.number for one in told}
        found = read_page(session, user, limit=KEPT).items
        found = [one for one in found if one.number in wanted and one.kind not in row.silent]
        items = [Item(one.words, one.advice, page_address(settings, one.page), one.count) for one in found[:_ITEMS]]
        if not items:
            mail.mark_mailed(session, told, at)
            return None
        letter = letters.digest(user, items, len(found) - len(items), page_address(settings, ""), unsubscribe)
    mail.begin(session, row, at)
    sent = letters.message(
        letter, settings.mail_from, mail.goes_to(row), row.letter, at.replace(tzinfo=UTC), unsubscribe
    )
    return Begun(row, sent, told)


def _end(centre: Centre, session: Session, begun: Begun, taken: Taken, at: datetime) -> None:
    """Write down what came of a mail."""
    pause = timedelta(minutes=centre.settings.mail_minutes)
    row = mail.end(session, begun.row, None if begun.row.asks else at + pause)
    if row is None:
        # The person has given another address meanwhile; what was sent was sent.
        if not taken.words:
            mail.mark_mailed(session, begun.told, at)
        return
    if not taken.words:
        mail.mark_mailed(session, begun.told, at)
        row.letter, row.failures, row.problem, row.asks = "", 0, "", False
        return
    row.failures += 1
    row.due = at + mail.wait(row.failures)
    if taken.never or row.failures >= mail.GIVEN_UP_AFTER:
        row.problem = f"The mail server does not take mail for {mail.goes_to(row)}: {taken.words}"
        tell(session, [row.user], News("mail", "address", {"problem": row.problem}))
        row.letter, row.failures, row.due = "", 0, None
        if row.asks:
            row.asks, row.asked_address, row.code = False, "", ""
        else:
            row.wanted = False


def _seconds(at: datetime) -> float:
    return at.replace(tzinfo=UTC).timestamp()
