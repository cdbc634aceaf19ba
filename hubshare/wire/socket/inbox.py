"""What needs a person, by the notifications of the service."""

from __future__ import annotations

from pydantic import Field

from hubshare.vocabulary import NotificationKind
from hubshare.wire.api.mail import MailSettings
from hubshare.wire.api.notifications import Notification, ReadCount
from hubshare.wire.socket.base import Answer, Arguments, Command


class ReadInbox(Arguments):
    """List what needs me, the newest first."""

    limit: int = Field(100, ge=1, le=1000, description="How many.")
    everything: bool = Field(False, description="Also what I have read, and what is settled.")


class Inbox(Answer):
    """What needs a person."""

    notifications: list[Notification]


class MarkRead(Arguments):
    """Say that I have read one thing, or all."""

    number: int | None = Field(None, ge=0, description="Which one; null for all.")
    until: str | None = Field(
        None, max_length=40, description="Of all, what was told until then: the `time` of the newest."
    )


class SetMail(Arguments):
    """Say where my notifications are mailed to, and which; without arguments show it."""

    address: str | None = Field(None, max_length=1000, description="Have a link sent there, which confirms it.")
    wanted: bool | None = Field(None, description="Whether anything is mailed; null for as before.")
    kinds: list[NotificationKind] | None = Field(None, max_length=50, description="Which kinds; null for as before.")
    forget: bool = Field(False, description="Have no mail any more, and the address forgotten.")


COMMANDS = {
    "inbox": Command(ReadInbox, Inbox, "person"),
    "read": Command(MarkRead, ReadCount, "person"),
    "mail": Command(SetMail, MailSettings, "person"),
}
