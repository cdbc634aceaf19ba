"""How many threads read the database at once: they are let in in the order in which they came."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import TimeoutError as NoConnectionLeft


class FairLimit:
    """Places for threads. One that holds a place is let in again without another one, so that it never waits for itself.

    A pool of connections, and a semaphore, let in whoever comes at the right moment: where many come and go, some wait long.

    Args:
        most: how many there are.
    """

    def __init__(self, most: int) -> None:
        self._free = most
        self._guard = threading.Lock()
        self._line: deque[threading.Lock] = deque()
        self._mine = threading.local()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._line)

    @contextmanager
    def place(self, seconds: float) -> Iterator[None]:
        """Hold a place.

        Args:
            seconds: how long it is waited for.

        Raises:
            NoConnectionLeft: when there was none in time.
        """
        if getattr(self._mine, "held", False):
            yield
            return
        self._take(seconds)
        self._mine.held = True
        try:
            yield
        finally:
            self._mine.held = False
            self._leave()

    def _take(self, seconds: float) -> None:
        with self._guard:
            if self._free:
                self._free -= 1
                return
            turn = threading.Lock()
            turn.acquire()
            self._line.append(turn)
        try:
            if turn.acquire(timeout=seconds) or not self._go(turn):
                return
        except BaseException:
            # The time of a job may end while it waits: its place is for whoever is next.
            if not self._go(turn):
                self._leave()
            raise
        raise NoConnectionLeft

    def _go(self, turn: threading.Lock) -> bool:
        """Leave the line; return whether one was still in it, or else has a place by now."""
        with self._guard:
            if turn not in self._line:
                return False
            self._line.remove(turn)
            return True

    def _leave(self) -> None:
        with self._guard:
            if self._line:
                # It goes from hand to hand: nobody who comes now gets it.
                self._line.popleft().release()
            else:
                self._free += 1
