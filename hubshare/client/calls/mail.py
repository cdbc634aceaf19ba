"""Calls about mail."""

from __future__ import annotations

from collections.abc import Collection

from hubshare.client.call import Call, api, one
from hubshare.client.calls.verbs import delete, get, given
from hubshare.vocabulary import NotificationKind
from hubshare.wire import api as r


def mail() -> Call[r.MailSettings]:
    """Where your notifications are mailed to, and which."""
    return get(api("me", "mail"), r.MailSettings)


def ask_mail(address: str) -> Call[r.MailSettings]:
    """Have a link sent to an address, which makes it yours when you follow it, signed in."""
    return Call("PUT", api("me", "mail", "address"), one(r.MailSettings), body={"address": address})


def change_mail(wanted: bool | None = None, kinds: Collection[NotificationKind] | None = None) -> Call[r.MailSettings]:
    """Say whether you want mail, and of what; None for as before."""
    body = given(wanted=wanted, kinds=None if kinds is None else sorted(kinds))
    return Call("PATCH", api("me", "mail"), one(r.MailSettings), body=body, repeat=True)


def forget_mail() -> Call[None]:
    """Have no mail any more, and your address forgotten."""
    return delete(api("me", "mail"))
