"""Where people have their notifications mailed to: given, confirmed by a link that was sent there, changed, and given up."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from datetime import UTC, datetime
from typing import NamedTuple

from hubshare.bus.mail_host import forget_mail_fault
from hubshare.centre import Centre
from hubshare.errors import Clash, Forbidden, Invalid, NotFound, TooMany, Unavailable
from hubshare.features.mail.jobs import SEND
from hubshare.features.mail.letters import is_address, message, trial
from hubshare.features.mail.links import open_link
from hubshare.features.mail.smtp import Post
from hubshare.jobs.payloads import Nothing
from hubshare.operations.caller import Caller
from hubshare.operations.notifications.kinds import KINDS
from hubshare.store import mail
from hubshare.store.database import Session
from hubshare.store.mail_tables import ADDRESS, MailSetting
from hubshare.store.models import now
from hubshare.store.notifications import settle_for
from hubshare.wire.agent import new_id

#: Links that one person may ask for in a day, and that are sent to one address: in all, and as one person asks for it.
ASKS_EACH, ASKS_OF_ADDRESS, ASKS_AGAIN = 5, 5, 2


class Mail(NamedTuple):
    """How a person has notifications mailed; see `hubshare.store.mail_tables.MailSetting`.

    Attributes:
        works: whether this Hub sends mail at all.
    """

    works: bool
    address: str = ""
    asked_address: str = ""
    wanted: bool = False
    silent: frozenset[str] = frozenset()
    problem: str = ""


def read_mail(caller: Caller, centre: Centre) -> Mail:
    """How the caller has notifications mailed."""
    with centre.database.read() as session:
        row = mail.setting_of(session, caller.user)
        works = bool(centre.settings.smtp_host)
        if row is None:
            return Mail(works)
        return Mail(works, row.address, row.asked_address, row.wanted, frozenset(row.silent), row.problem)


def ask_address(caller: Caller, centre: Centre, *, address: str) -> None:
    """Have a link sent to an address, which makes it the caller's.

    Raises:
        Invalid: it is none.
        TooMany: too many links were asked for.
        Clash: this Hub sends no mail.
    """
    if not centre.settings.smtp_host:
        raise Clash("This Hub sends no mail.")
    check_address(address)
    at = now()
    with centre.database.begin("mail") as session:
        row = _own(session, caller.user)
        each = mail.count_of_day(session, caller.user, at, asking=True)
        # Nobody keeps the address of somebody else from them by asking for it first.
        again = mail.count_asked(session, address.lower(), at, caller.user) >= ASKS_AGAIN
        if each >= ASKS_EACH or again or mail.count_asked(session, address.lower(), at) >= ASKS_OF_ADDRESS:
            raise TooMany("As many links were asked for today as are sent in a day: try again tomorrow.")
        mail.note_asked(session, caller.user, address.lower(), at)
        row.asked_address, row.code, row.asked, row.asks = address, new_id(), at, True
        # Of a mail that is on its way nothing is to be written into this any more.
        row.letter, row.begun_until, row.due, row.failures, row.problem = "", None, None, 0, ""
        settle_for(session, "mail", "address", [caller.user])
    SEND.enqueue(centre.queue, Nothing())


def confirm_address(caller: Caller, centre: Centre, *, link: str) -> None:
    """Have notifications mailed to the address at which the caller has found a link.

    Raises:
        NotFound: it is no such link.
        Forbidden: somebody else has asked for it.
        Clash: it is over, or another one was asked for meanwhile.
    """
    found = open_link(centre.sealer, "confirm", link)
    at = now()
    with centre.database.begin("mail") as session:
        row = mail.setting_of_id(session, found.setting)
        if row is None:
            raise NotFound("There is nothing to confirm any more: give the address once more.")
        if row.user != caller.user:
            raise Forbidden("Somebody else has asked for this link: sign in as who has, or do nothing.")
        over = row.asked is None or at > row.asked + mail.CONFIRMS
        if over or not row.code or not hmac.compare_digest(row.code, found.code):
            raise Clash("This link is over, or was followed before: look which address you have by now.")
        row.address, row.wanted = row.asked_address, True
        row.asked_address, row.code, row.asks, row.problem = "", "", False, ""
        row.due, row.failures, row.letter, row.begun_until = None, 0, "", None
        # What was told before is in the inbox; mail begins with what comes.
        mail.mark_mailed(session, mail.unsent_of(session, caller.user), now())


def change_mail(caller: Caller, centre: Centre, *, wanted: bool | None, kinds: Collection[str] | None) -> None:
    """Say whether the caller wants mail, and of what; None for as before.

    Raises:
        Invalid: there is no such kind.
        NotFound: the caller has confirmed no address.
    """
    if kinds is not None and not set(kinds) <= KINDS.keys():
        raise Invalid("There is no such kind of notification.")
    with centre.database.begin("mail") as session:
        row = mail.setting_of(session, caller.user, lock=True)
        if row is None or not row.address:
            raise NotFound("Confirm an address first, by the link that was sent to it.")
        if wanted and not row.wanted:
            row.problem, row.failures, row.due = "", 0, None
            settle_for(session, "mail", "address", [caller.user])
            mail.mark_mailed(session, mail.unsent_of(session, caller.user), now())
        if wanted is not None:
            row.wanted = wanted
        if kinds is not None:
            row.silent = sorted(KINDS.keys() - set(kinds))


def forget_address(caller: Caller, centre: Centre) -> None:
    """Have no mail any more, and the address forgotten."""
    with centre.database.begin("mail") as session:
        mail.forget_setting(session, caller.user)
        settle_for(session, "mail", "address", [caller.user])


def unsubscribe(centre: Centre, *, link: str) -> None:
    """Have no mail any more, by a link out of one, whoever follows it.

    Raises:
        NotFound: it is no such link.
    """
    found = open_link(centre.sealer, "unsubscribe", link)
    with centre.database.begin("mail") as session:
        row = mail.setting_of_id(session, found.setting)
        if row is not None:
            row.wanted = False


def send_trial(centre: Centre, *, address: str) -> None:
    """Send a mail at once, for an admin on the machine of the Hub who sets the mail server up.

    Raises:
        Invalid: the address is none.
        Unavailable: the settings lack something, or the mail server cannot be used.
        Clash: it does not take it.
    """
    settings = centre.settings
    if not settings.smtp_host:
        raise Unavailable("HUBSHARE_SMTP_HOST is not set: this Hub sends no mail.")
    check_address(address)
    with Post(settings) as post:
        taken = post.send(message(trial(), settings.mail_from, address, new_id(), datetime.now(UTC)))
    if taken.words:
        raise Clash(f"The mail server does not take it: {taken.words}")
    forget_mail_fault(centre.bus.redis)


def check_address(address: str) -> None:
    """Let one address of mail pass.

    Raises:
        Invalid: it is none, or more than one.
    """
    if not is_address(address, ADDRESS):
        raise Invalid("Give one address of mail, such as name@example.org, without accents.")


def _own(session: Session, user: str) -> MailSetting:
    row = mail.setting_of(session, user, lock=True)
    if row is None:
        row = MailSetting(user=user, id=new_id(), address="", wanted=False, silent=[], letter="", failures=0)
        session.add(row)
    return row
