"""Calls of webhooks: addresses of other programs that are told of what happens.

In these `of` is the `owner/name` of a project, `team:NAME` for a team, `me` for what you are told, or empty for the whole Hub,
which its admins may.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from hubshare.client.call import Call, Listing, api, one, project_path
from hubshare.client.calls.verbs import delete, get, given, listing
from hubshare.vocabulary import NotificationKind
from hubshare.wire import api as r


def webhooks(of: str) -> Listing[r.Webhook]:
    """The webhooks of a project, a team, the whole Hub, or your own."""
    return listing(_at(of), r.Webhook)


def create_webhook(
    of: str, url: str, *, name: str = "", kinds: Collection[NotificationKind] | None = None
) -> Call[r.Webhook]:
    """Have an address told of what happens. The secret for the signatures is in this answer only.

    Args:
        kinds: of your own, the kinds of notifications that are sent; None for all.
    """
    body = {"url": url, "name": name, **given(kinds=None if kinds is None else sorted(kinds))}
    return Call("POST", _at(of), one(r.Webhook), body=body)


def webhook(webhook: str) -> Call[r.Webhook]:
    """One webhook, by its id."""
    return get(api("webhooks", webhook), r.Webhook)


def change_webhook(
    webhook: str,
    *,
    url: str | None = None,
    name: str | None = None,
    paused: bool | None = None,
    kinds: Collection[NotificationKind] | None = None,
) -> Call[r.Webhook]:
    """Change a webhook, pause it, or have it go on (`paused=False`), also where it was disabled; it is yours from then on."""
    body = given(url=url, name=name, paused=paused, kinds=None if kinds is None else sorted(kinds))
    return Call("PATCH", api("webhooks", webhook), one(r.Webhook), body=body, repeat=True)


def delete_webhook(webhook: str) -> Call[None]:
    """Take a webhook away, with its log."""
    return delete(api("webhooks", webhook))


def rotate_webhook_secret(webhook: str) -> Call[r.Webhook]:
    """Make a new secret, which is in this answer only; the former one goes on being valid for a day."""
    return Call("POST", api("webhooks", webhook, "secret"), one(r.Webhook))


def test_webhook(webhook: str) -> Call[r.WebhookDelivery]:
    """Have a trial event delivered; what comes of it is in the log."""
    return Call("POST", api("webhooks", webhook, "test"), one(r.WebhookDelivery))


def webhook_deliveries(webhook: str, page: int = 50) -> Listing[r.WebhookDelivery]:
    """What was sent and what came back, the newest first."""
    return listing(api("webhooks", webhook, "deliveries"), r.WebhookDelivery, page)


def redeliver(webhook: str, delivery: int) -> Call[r.Redelivered]:
    """Deliver something once more."""
    return Call("POST", api("webhooks", webhook, "deliveries", str(delivery), "redeliver"), one(r.Redelivered))


def redeliver_failed(webhook: str, since: datetime) -> Call[r.Redelivered]:
    """Deliver once more all that has failed since a moment."""
    body = {"since": since.isoformat()}
    return Call("POST", api("webhooks", webhook, "deliveries", "redeliver"), one(r.Redelivered), body=body)


def _at(of: str) -> str:
    if not of:
        return api("webhooks")
    if of == "me":
        return api("me", "webhooks")
    kind, _, team = of.partition(":")
    return api("teams", team, "webhooks") if kind == "team" and "/" not in of else project_path(of, "webhooks")
