"""What mails say, as plain text and as simple HTML without pictures; pure. What others wrote stands in no header."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from typing import NamedTuple

from hubshare.names import count, one_line

#: Lines are not folded, or the long link in `List-Unsubscribe` would be encoded, which RFC 8058 does not allow.
_POLICY = policy.SMTP.clone(max_line_length=990)
#: What HTML calls an address of mail, which is narrower than RFC 5322: no comments, quotes, lists or line ends.
_ADDRESS = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*",
    re.IGNORECASE | re.ASCII,
)
#: So much of a text that others wrote goes into a mail.
_LONGEST = 400


class Item(NamedTuple):
    """One thing that somebody is told of.

    Attributes:
        words, advice: what happened, and what to do about it; "" for nothing.
        address: of the page where that is done.
        times: how often it has happened.
    """

    words: str
    advice: str
    address: str
    times: int = 1


class Letter(NamedTuple):
    """A mail without its addresses."""

    subject: str
    text: str
    html: str


def is_address(text: str, longest: int) -> bool:
    """Return whether a text is one address of mail, and nothing else."""
    return len(text) <= longest and _ADDRESS.fullmatch(text) is not None


def digest(user: str, items: Sequence[Item], more: int, home: str, unsubscribe: str) -> Letter:
    """Tell a person what needs them.

    Args:
        items: the newest first.
        more: how much else there is.
        home: address of the page with all of it.
        unsubscribe: address of the page where one says that one wants no more of these.
    """
    subject = f"HubShare: {count(len(items) + more, 'notification')}"
    told = [
        Item(_plain(one.words) + (f" ({one.times} times)" if one.times > 1 else ""), _plain(one.advice), one.address)
        for one in items
    ]
    rest = f"and {more:,} more" if more else ""
    foot = f"You receive this because {_plain(user)} asked HubShare to mail notifications to this address."
    text = [f"- {one.words}\n" + (f"  {one.advice}\n" if one.advice else "") + f"  {one.address}\n" for one in told]
    text += [f"... {rest}.\n"] if rest else []
    text += [f"All notifications: {home}\n", f"-- \n{foot}\nUnsubscribe: {unsubscribe}\n"]
    rows = [
        f"<li><p>{_link(one.address, one.words)}" + (f"<br>{escape(one.advice)}" if one.advice else "") + "</p></li>"
        for one in told
    ]
    html = [
        f"<ul>{''.join(rows)}</ul>",
        f"<p>… {rest}.</p>" if rest else "",
        f"<p>{_link(home, 'All notifications')}</p>",
        f"<hr><p><small>{escape(foot)} {_link(unsubscribe, 'Unsubscribe')}</small></p>",
    ]
    return Letter(subject, "\n".join(text), _page(subject, "".join(html)))


def confirmation(user: str, link: str) -> Letter:
    """Ask whether an address is a person's, who is told nothing there before."""
    subject = "HubShare: confirm your address"
    ask = f"{_plain(user)} asked HubShare to mail notifications to this address. If that was you, confirm it within 24 hours:"
    other = "If not, ignore this message: nothing more is sent to you."
    html = f"<p>{escape(ask)}</p><p>{_link(link, 'Confirm this address')}</p><p>{other}</p>"
    return Letter(subject, f"{ask}\n\n{link}\n\n{other}\n", _page(subject, html))


def trial() -> Letter:
    """What an admin sends to see that mails arrive."""
    words = "This is a test: mail from this HubShare arrives."
    return Letter("HubShare: test message", f"{words}\n", _page("HubShare: test message", f"<p>{words}</p>"))


def message(letter: Letter, sender: str, to: str, name: str, at: datetime, unsubscribe: str = "") -> EmailMessage:
    """A letter as it is sent.

    Args:
        sender: address, with or without a name.
        to: address.
        name: of the letter: one that is sent twice is known by it.
        at: UTC.
        unsubscribe: address that ends these mails by one POST (RFC 8058); "" for one that comes once.
    """
    made = EmailMessage(policy=_POLICY)
    made["From"], made["To"], made["Subject"] = sender, to, letter.subject
    made["Date"] = format_datetime(at)
    made["Message-ID"] = f"<{name}@{made['From'].addresses[0].domain}>"
    # No machine answers it (RFC 3834).
    made["Auto-Submitted"] = "auto-generated"
    if unsubscribe:
        made["List-Unsubscribe"] = f"<{unsubscribe}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(letter.text)
    made.add_alternative(letter.html, subtype="html")
    return made


def _plain(text: str) -> str:
    """Text of others on one line; no address in it becomes a link where mails are read."""
    return one_line(text).replace("://", ":// ")[:_LONGEST]


def _link(address: str, words: str) -> str:
    return f'<a href="{escape(address)}">{escape(words)}</a>'


def _page(title: str, body: str) -> str:
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'
