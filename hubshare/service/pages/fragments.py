"""Fragments: parts of pages that are the same for all who may see them, made once for those who look at about the same time."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

#: So long one is shown, in seconds: it says how long ago things were, in minutes.
_SECONDS = 20.0
#: Most characters of all that are kept, and most of them: some are empty.
_MOST, _MOST_OF_ALL = 16_000_000, 10_000


Kept = TypeVar("Kept", bound=str)


class Fragments(Generic[Kept]):
    """Those of this process, for all its threads.

    Args:
        most: characters that are kept; those that nobody looked at for longest go first.
        clock: tells seconds.
    """

    def __init__(self, most: int = _MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._guard = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[Kept, float]] = OrderedDict()
        self._size = 0

    def get(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """A fragment, made where it is not there or too old.

        Args:
            key: all that it depends on, apart from the time. Whether somebody may see it is decided before.
        """
        found = self.find(key)
        return self.keep(key, make()) if found is None else found

    def find(self, key: Hashable) -> Kept | None:
        """A fragment that is there and not too old; see `get`."""
        with self._guard:
            found = self._kept.get(key)
            if found is None or found[1] <= self._clock():
                return None
            self._kept.move_to_end(key)
            return found[0]

    def keep(self, key: Hashable, html: Kept) -> Kept:
        """Keep a fragment, which is returned; see `get`."""
        with self._guard:
            self._drop(key)
            if len(html) <= self._most:
                self._kept[key] = html, self._clock() + _SECONDS
                self._size += len(html)
            while self._size > self._most or len(self._kept) > _MOST_OF_ALL:
                self._drop(next(iter(self._kept)))
        return html

    def _drop(self, key: Hashable) -> None:
        found = self._kept.pop(key, None)
        self._size -= len(found[0]) if found is not None else 0
