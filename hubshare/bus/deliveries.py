"""Deliveries: what is to be told to whom. Many of them go to Redis in one round trip."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from hubshare.bus.replies import Reply
from hubshare.config import KIB

#: A longer text in an event of the feed is cut, and a larger event holds only what names it.
_MOST_CHARACTERS, _MOST_BYTES = 500, 4 * KIB
_NEEDED = frozenset({"type", "project", "number", "commit", "role"})


def _cut(value: Any) -> Any:
    return value[:_MOST_CHARACTERS] + " …" if isinstance(value, str) and len(value) > _MOST_CHARACTERS else value


@dataclass(frozen=True)
class Tell:
    """A message into the inboxes of some users.

    Attributes:
        event: encoded.
        pack: what travels with it.
    """

    users: list[str]
    event: bytes
    pack: bytes = b""


@dataclass(frozen=True)
class Announce:
    """What happened to a project, for the event streams.

    Attributes:
        project: id.
        event: plain values.
        user: whom alone it concerns; "" for everybody who may read the project.
    """

    project: str
    event: dict[str, Any] = field(default_factory=dict)
    user: str = ""

    def encode(self) -> str:
        """The event as JSON, and thin: the feed keeps thousands of them. All of what happened the API has."""
        thin = {name: _cut(value) for name, value in self.event.items()}
        encoded = json.dumps(thin)
        if len(encoded) > _MOST_BYTES:
            encoded = json.dumps({name: value for name, value in thin.items() if name in _NEEDED})
        return encoded


@dataclass(frozen=True)
class ReplyTo:
    """A reply for whoever waits for it.

    Attributes:
        job: id of what is answered.
    """

    job: str
    reply: Reply


@dataclass(frozen=True)
class Drop:
    """An entry of an outbox goes: it has been answered.

    Attributes:
        outbox: key of the stream.
        entry: id in it.
    """

    outbox: str
    entry: str


@dataclass(frozen=True)
class CountPush:
    """A push of a user counts in this minute: it has been answered."""

    user: str


Delivery = Tell | Announce | ReplyTo | Drop | CountPush
