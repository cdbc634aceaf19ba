"""Webhooks and what was delivered to them, as the API has them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from hubshare.vocabulary import NotificationKind
from hubshare.wire.api.base import Moment, Time, _In

WebhookUrl = Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://[\x21-\x7e]+$")]
WebhookKinds = Annotated[list[NotificationKind], Field(max_length=50)]
WebhookName = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00-\x1f]*$")]


class NewWebhook(_In):
    """An address that is to be told of events."""

    url: WebhookUrl
    name: WebhookName = ""
    kinds: WebhookKinds | None = Field(
        None, description="Of your own: kinds of notifications that are sent; null for all."
    )


class WebhookChange(_In):
    """What is to be otherwise; what is left out stays. Whoever changes a webhook has it from then on."""

    url: WebhookUrl | None = None
    name: WebhookName | None = None
    paused: bool | None = Field(None, description="`false` also has one go on that was disabled.")
    kinds: WebhookKinds | None = Field(None, description="Of your own: kinds of notifications that are sent.")


class Webhook(BaseModel):
    """A webhook; `secret` is there only in the answers to the requests that made it."""

    id: str
    of: str = Field(
        description="`owner/name` of a project, `team:NAME`, `me` for your notifications, or empty for the whole Hub."
    )
    url: str
    name: str
    owner: str = Field(description="Who set it up or changed it last: it is told what this person may hear of.")
    paused: bool
    disabled: Time | None
    reason: str = Field(description="Why it was disabled.")
    failing_since: Time | None
    created: Time
    kinds: list[str] | None = Field(None, description="Of your own: kinds of notifications that are sent.")
    secret: str | None = None


class WebhookDelivery(BaseModel):
    """One event for a webhook, and what came of it."""

    id: int
    event: str = Field(description="`webhook-id`: the same in each try.")
    type: str
    project: str | None
    state: Literal["waiting", "delivered", "failed"]
    attempts: int
    created: Time
    tried: Time | None
    due: Time | None = Field(description="When it is tried next.")
    status: int | None = Field(description="Of HTTP; null where there was no answer.")
    error: str
    milliseconds: int
    request: str = Field(description="The body that was sent.")
    answer: str = Field(description="The beginning of the receiver's body.")


class Redelivery(_In):
    """All deliveries that failed since a moment are to be made again."""

    since: Moment


class Redelivered(BaseModel):
    """How many deliveries are made again."""

    deliveries: int
