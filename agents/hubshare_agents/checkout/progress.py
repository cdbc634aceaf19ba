"""How far a long step has come, for the person who waits."""

from __future__ import annotations

from collections.abc import Callable

#: Told of (what is done, steps done, steps in all).
Progress = Callable[[str, int, int], None]


def silent(what: str, done: int, total: int) -> None:
    """No progress to show."""
