"""A throttle: what happens often to the same thing is passed on now and then, the first time at once, the last time always."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Throttle(Generic[Value]):
    """Passes on the newest value of each key.

    Args:
        seconds: the least time between two values of the same key.
        passed: is called with key and value.
        clock: seconds that never go back; for tests.
    """

    def __init__(
        self, seconds: float, passed: Callable[[str, Value], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds, self._passed, self._clock = seconds, passed, clock
        self._last: dict[str, float] = {}
        self._waiting: dict[str, Value] = {}

    def add(self, key: str, value: Value) -> None:
        """Take a value, in place of an earlier one that has not been passed on."""
        self._waiting[key] = value

    def pass_on(self) -> float:
        """Pass on what is due. Return the seconds until more is, infinite when nothing waits."""
        now = self._clock()
        self._last = {key: last for key, last in self._last.items() if now - last < self._seconds}
        for key in self._waiting.keys() - self._last.keys():
            self._passed(key, self._waiting[key])
            # Not before: what could not be passed on waits.
            del self._waiting[key]
            self._last[key] = now
        return min((self._last[key] + self._seconds - now for key in self._waiting), default=float("inf"))
