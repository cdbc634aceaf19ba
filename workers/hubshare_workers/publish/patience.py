"""How long threads wait for what somebody holds: all for a moment, and only one of them while it was not to be had lately."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hubshare.errors import Unavailable

#: What was not to be had is remembered for so long, in seconds, unless it is had before.
_REMEMBERED = 60.0


class Patience:
    """The waits of one process. Jobs that find something busy go back to the queue, and wait there without a thread.

    Args:
        seconds: how long to wait.
        clock: seconds that never go back; for tests.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds, self._clock = seconds, clock
        self._guard = threading.Lock()
        self._missed: dict[str, float] = {}

    def behind(self, name: str) -> float:
        """How long to wait for somebody else who waits for something: not at all if that was in vain a moment ago."""
        with self._guard:
            missed = self._missed.get(name)
        return self.seconds if missed is None or self._clock() - missed > _REMEMBERED else 0.0

    @contextmanager
    def waiting(self, name: str) -> Iterator[float]:
        """Give the seconds to wait for something; what is done inside is the wait.

        Raises:
            Unavailable: as the wait did.
        """
        try:
            yield self.seconds
        except Unavailable:
            with self._guard:
                now = self._clock()
                self._missed = {one: at for one, at in self._missed.items() if now - at <= _REMEMBERED} | {name: now}
            raise
        with self._guard:
            self._missed.pop(name, None)
