"""Links in mails: sealed, so that nobody makes one up, and each good for one thing."""

from __future__ import annotations

import json
from typing import NamedTuple
from urllib.parse import quote, urlencode

from hubshare.config import CentreSettings
from hubshare.errors import NotFound, Unavailable
from hubshare.sealed import Sealer


class Link(NamedTuple):
    """What a link is for.

    Attributes:
        what: `confirm` or `unsubscribe`.
        setting: id of the setting of mail that it is about.
        code: of the address that is confirmed; "" for none.
    """

    what: str
    setting: str
    code: str = ""


def page_address(settings: CentreSettings, page: str) -> str:
    """The address in browsers of a page of HubShare.

    Args:
        page: below the service, unquoted.
    """
    return f"{settings.mail_url.rstrip('/')}/{quote(page)}"


def make_link(settings: CentreSettings, sealer: Sealer, link: Link) -> str:
    """The address that a mail has."""
    sealed = sealer.seal(json.dumps(link).encode())
    return f"{page_address(settings, f'settings/mail/{link.what}')}?{urlencode({'link': sealed})}"


def open_link(sealer: Sealer, what: str, sealed: str) -> Link:
    """What a link is for that somebody has followed.

    Raises:
        NotFound: it was not made here, or for something else.
    """
    try:
        link = Link(*json.loads(sealer.open(sealed)))
    except (Unavailable, ValueError, TypeError):
        link = Link("", "")
    if link.what != what:
        raise NotFound("This link is none of HubShare's, or a part of it is missing: take it from the mail as it is.")
    return link
