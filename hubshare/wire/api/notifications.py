"""Notifications: what needs a person."""

from __future__ import annotations

from typing import get_args

from pydantic import BaseModel, Field

from hubshare.vocabulary import NotificationKind
from hubshare.wire.api.base import Moment, Time, _In


class Notification(BaseModel):
    """Something that the caller is told."""

    number: int = Field(description="Names it.")
    kind: str = Field(
        description=", ".join(f"`{kind}`" for kind in get_args(NotificationKind)) + "; more may be added."
    )
    words: str = Field(description="What happened.")
    advice: str = Field(description="What to do about it, in words; empty for nothing.")
    page: str = Field(description="Address of the page where that is done, below that of the service, unquoted.")
    project: str = Field(description="owner/name; empty where it is about none.")
    count: int = Field(
        description="How often it has happened since it was settled last; what lasts is told once a day at most."
    )
    time: Time = Field(description="When the caller was told last.")
    read: Time | None = Field(description="Since when the caller has read it.")
    done: Time | None = Field(description="Since when it needs nobody any more.")


class ReadAll(_In):
    """All is read that was told until a moment, or what is of one kind of it."""

    until: Moment | None = Field(None, description="The `time` of the newest that was seen; null for all.")
    kind: NotificationKind | None = Field(None, description="Only what is of this kind; null for all.")


class ReadCount(BaseModel):
    """What was marked as read."""

    read: int = Field(description="How much of it was unread.")
