"""The push under way: what is remembered of it until it has been answered and the answer has been taken in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hubshare.sync.trees import Entry, Side
from hubshare.wire.agent import Outcome, Push


@dataclass
class Pending:
    """A push that has been sent and not been answered, or answered and not been taken in.

    Attributes:
        event: the push; sent again unchanged until it is answered.
        tree: top tree of its snapshot.
        sides: path to what the snapshot holds, for every path that it changes.
        outcome: the answer.
    """

    event: Push
    tree: str
    sides: dict[str, Side]
    outcome: Outcome | None = None

    def encode(self) -> dict[str, Any]:
        """As plain values, to be kept in the index."""
        return {
            "event": self.event.model_dump(mode="json"),
            "tree": self.tree,
            "sides": self.sides,
            "outcome": self.outcome and self.outcome.model_dump(mode="json"),
        }

    @classmethod
    def decode(cls, found: dict[str, Any]) -> Pending:
        """From the plain values that `encode` gave."""
        sides = {path: Entry(*side) if side else None for path, side in found["sides"].items()}
        outcome = Outcome.model_validate(found["outcome"]) if found["outcome"] else None
        return cls(Push.model_validate(found["event"]), found["tree"], sides, outcome)
