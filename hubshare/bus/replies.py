"""Replies to jobs that somebody waits for."""

from __future__ import annotations

from typing import NamedTuple


class Reply(NamedTuple):
    """What became of a push by git.

    Attributes:
        reason: why main was not moved, in a few words; "" when it was.
        message: what more there is to say to the person.
    """

    reason: str
    message: str


def _answers(push: str) -> str:
    return f"hubshare:answer:{push}"
