"""Mail: where a person's notifications go, and which."""

from __future__ import annotations

from pydantic import BaseModel, Field

from hubshare.vocabulary import NotificationKind
from hubshare.wire.api.base import _In


class MailSettings(BaseModel):
    """How the caller has notifications mailed."""

    works: bool = Field(description="Whether this Hub sends mail at all.")
    address: str = Field(description="Where they go; empty while none is confirmed.")
    asked_address: str = Field(
        description="An address to which a link was sent that has still to be followed, signed in."
    )
    wanted: bool = Field(description="Whether anything is mailed.")
    kinds: list[str] = Field(description="Kinds of notifications that are.")
    problem: str = Field(description="Why nothing is mailed any more, in words; empty for nothing of that kind.")


class NewAddress(_In):
    """An address that is to be the caller's."""

    address: str = Field(max_length=1000, description="One address of mail. A link is sent there, which confirms it.")


class MailChange(_In):
    """What is mailed to the address that is confirmed."""

    wanted: bool | None = Field(None, description="Whether anything is; null for as before.")
    kinds: list[NotificationKind] | None = Field(
        None, max_length=50, description="Kinds of notifications that are; null for as before."
    )
