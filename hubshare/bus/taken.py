"""What a worker is told of a message of an outbox when it takes it."""

from __future__ import annotations

from typing import NamedTuple


class PushCount(NamedTuple):
    """What stands against a push of a user.

    Attributes:
        pushes: how many there were in this minute, this one included.
        debt: of the user, in seconds, see `hubshare.metering`.
        full: whether the audit log holds as much as it may of what the user did.
    """

    pushes: int
    debt: float
    full: bool


class Taken(NamedTuple):
    """A message of an outbox that somebody tries to answer.

    Attributes:
        fields: of the message; None when it has been answered.
        tries: how often it was tried within the last hour, this time included.
        lately: how many messages of its user were tried in this minute, this one included.
        push: what stands against it, should it be a push; it is not counted yet.
    """

    fields: dict[bytes, bytes] | None
    tries: int
    lately: int
    push: PushCount
