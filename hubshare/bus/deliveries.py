"""Deliveries: what is to be told to whom. Many of them go to Redis in one round trip."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hubshare.bus.replies import Reply


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


Delivery = Tell | Announce | ReplyTo | Drop
