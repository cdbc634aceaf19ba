"""What needs a person, by the notifications of the service."""

from __future__ import annotations

from pydantic import Field

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


COMMANDS = {
    "inbox": Command(ReadInbox, Inbox, "person"),
    "read": Command(MarkRead, ReadCount, "person"),
}
