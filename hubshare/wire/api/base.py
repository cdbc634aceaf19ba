"""What all requests and answers are made of."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints, WithJsonSchema

Item = TypeVar("Item")

_BEGIN = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:")

#: `NAME` a user, `team:NAME` a team, `group:NAME` a group of the Hub.
SubjectName = Annotated[str, StringConstraints(max_length=300)]

#: Any text but NUL, which not every database keeps.
Text = Annotated[str, StringConstraints(max_length=4096, pattern=r"^[^\x00]*$")]

ServerName = Annotated[str, StringConstraints(max_length=255, pattern=r"^[^\x00]*$")]


def _utc(time: datetime) -> str:
    # The database keeps UTC and does not say so.
    return (time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)).isoformat().replace("+00:00", "Z")


#: A moment that is told, as RFC 3339 has it.
Time = Annotated[
    datetime,
    PlainSerializer(_utc, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


def _written(value: object) -> object:
    """Let a time through that is written as one: a number, or a text of one, would be read as seconds."""
    if not (_BEGIN.match(value) if isinstance(value, str) else isinstance(value, datetime)):
        raise ValueError("a time is written as RFC 3339 has it")
    return value


#: A moment that a request brings.
Moment = Annotated[datetime, BeforeValidator(_written), Field(strict=False, description="RFC 3339.")]


class _In(BaseModel):
    """What a request brings; a field that is not known is an error and not overlooked, and a 1 is no `true`."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: str | None = Field(None, description="What to send as `after` for the next page; null on the last one.")


class Problem(BaseModel):
    """An error, as RFC 9457 describes it."""

    type: str = Field(description="urn:hubshare:CODE")
    title: str
    status: int
    detail: str = Field(description="What happened, to what, and what to do next.")
    code: str = Field(description="The error's stable name.")
