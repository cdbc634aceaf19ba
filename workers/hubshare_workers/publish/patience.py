"""How long a thread waits for what others hold: a while the first time, hardly at all while it was not to be had."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hubshare.errors import Unavailable

#: What was not to be had is asked for without a wait for so long, in seconds, unless it is had before.
_REMEMBERED = 60.0


class Patience:
    """The waits of one process. Jobs that find something busy go back to the queue, and wait there without a thread.

    Args:
        seconds: how long to wait.
        probe: how long to wait for what could not be had lately, in seconds.
        clock: seconds that never go back; for tests.
    """

    def __init__(self, seconds: float, probe: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._probe, self._clock = seconds, probe, clock
        self._guard = threading.Lock()
        self._missed: dict[str, float] = {}

    @contextmanager
    def wait(self, name: str) -> Iterator[float]:
        """Give the seconds to wait for something; what is done inside is the wait.

        Raises:
            Unavailable: as the wait did.
        """
        with self._guard:
            now = self._clock()
            self._missed = {one: at for one, at in self._missed.items() if now - at < _REMEMBERED}
            seconds = self._probe if name in self._missed else self._seconds
        try:
            yield seconds
        except Unavailable:
            with self._guard:
                self._missed[name] = self._clock()
            raise
        with self._guard:
            self._missed.pop(name, None)
