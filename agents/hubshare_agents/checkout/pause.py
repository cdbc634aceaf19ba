"""Why a checkout waits for a person, and which command answers it."""

from __future__ import annotations

from dataclasses import dataclass

from hubshare.errors import AnswerName, Paused


@dataclass(frozen=True)
class Pause:
    """Why a checkout waits for a person; empty if it does not.

    Args:
        message: what happened, and what to do, as one does it in a terminal.
        reason: what happened, without the commands that answer it.
        answer: the command that says yes with `--confirm`, where deletions are asked about; "" for anything else.
    """

    message: str = ""
    reason: str = ""
    answer: AnswerName = ""

    def __bool__(self) -> bool:
        return bool(self.message)

    @classmethod
    def told(cls, message: str) -> Pause:
        """Return one that no command answers."""
        return cls(message, message)

    @classmethod
    def question(cls, reason: str, how: str, answer: AnswerName) -> Pause:
        """Return a question about deletions.

        Args:
            reason: what is deleted, without a full stop.
            how: the rest of the sentence, for a terminal.
            answer: the command that says yes.
        """
        return cls(f"{reason}: {how}.", f"{reason}.", answer)

    @classmethod
    def of(cls, error: Paused) -> Pause:
        """Return what an error says."""
        return cls(error.message, error.reason, error.answer)

    def error(self, beside: str = "") -> Paused:
        """Return it as an error for whoever has asked for something.

        Args:
            beside: what was done all the same.
        """
        message, reason = (f"{words} {beside}".rstrip() for words in (self.message, self.reason))
        return Paused(message, reason, self.answer)
