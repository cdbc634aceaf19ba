"""What the centre has said of one checkout and the checkout has not taken in yet."""

from __future__ import annotations

import asyncio

from hubshare.wire.agent import Outcome, Update

#: How many answers are kept until the push that they are for asks for its own.
_OUTCOMES = 8


class Mailbox:
    """Messages, put together: of updates only the newest counts, of outcomes the one that is asked for.

    Attributes:
        target: the newest state of the project that the checkout was told of and has not taken in.
        pack: what came with it, or nothing.
        lost: that access was lost, in words for the person, until it has been noted.
        answered: set when an outcome has come.
        told: number of the version that the centre has told of last, until it has been noted.
    """

    def __init__(self) -> None:
        self.target: Update | None = None
        self.pack = b""
        self.lost = ""
        self.answered = asyncio.Event()
        self.told: int | None = None
        self._outcomes: dict[str, Outcome] = {}

    def deliver(self, event: Update | Outcome, pack: bytes) -> None:
        """Take a message."""
        if isinstance(event, Outcome):
            self._outcomes = {**dict(list(self._outcomes.items())[-_OUTCOMES:]), event.event: event}
            self.answered.set()
            return
        self.told = event.number
        if self.target is None or event.number > self.target.number:
            self.target, self.pack = event, pack
        elif event.number == self.target.number:
            # The same version again, perhaps without its pack; the role may be a new one.
            known = {
                "parent": event.parent or self.target.parent,
                "confirmed": event.confirmed or self.target.confirmed,
            }
            self.target, self.pack = event.model_copy(update=known), pack or self.pack

    def lose(self, message: str) -> None:
        """Access was lost: what the centre said before counts no more."""
        self.lost = message
        self.drop_target()

    def drop_target(self) -> None:
        """Nothing of the newest state is left to be taken in."""
        self.target, self.pack = None, b""

    def take_outcome(self, event: str) -> Outcome | None:
        """Return the answer to a push if it has come; answers to earlier pushes, come once more, say nothing new."""
        found = self._outcomes.get(event)
        self._outcomes.clear()
        return found
