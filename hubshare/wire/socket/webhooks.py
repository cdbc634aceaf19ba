"""Addresses of other programs that are told what a person is told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hubshare.vocabulary import NotificationKind
from hubshare.wire.api.webhooks import Webhook
from hubshare.wire.socket.base import Answer, Arguments, Command


class ListWebhooks(Arguments):
    """List the webhooks that are told what I am told."""


class SetWebhook(Arguments):
    """Have an address told what I am told, or change what."""

    url: str = Field(max_length=3000)
    name: str | None = Field(None, max_length=300, description="For me, to know it again; null for as before.")
    kinds: list[NotificationKind] | None = Field(None, max_length=50, description="Which kinds; null for as before.")


class ActOnWebhook(Arguments):
    """Try a webhook, stop it for a while, have it go on, give it a new secret, or take it away."""

    url: str = Field(max_length=3000)
    act: Literal["test", "pause", "resume", "secret", "delete"]


class OwnWebhooks(Answer):
    """The webhooks that are told what a person is told; a secret is there only where this has made it."""

    webhooks: list[Webhook]


COMMANDS = {
    "webhooks": Command(ListWebhooks, OwnWebhooks, "person"),
    "webhook-set": Command(SetWebhook, OwnWebhooks, "person"),
    "webhook-act": Command(ActOnWebhook, OwnWebhooks, "person"),
}
