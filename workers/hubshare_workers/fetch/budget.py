"""What one fetch from the internet may take: time, bytes, and as long as nobody cancels it."""

from __future__ import annotations

import time
from collections.abc import Callable

from hubshare.errors import Cancelled, TooLarge, Unavailable
from hubshare.names import size as in_words

#: Fewer bytes a second than this, over the longest wait, are taken for a source that holds up others.
SLOWEST = 128


class Budget:
    """What is left for a fetch; every piece of it asks here.

    Args:
        seconds: for all of it.
        size: bytes that may come in, in all.
        idle: longest wait for the next bytes, in seconds.
        cancelled: whether the person does not want it any more.
        progress: is told what is done, how much of it, and of how much (0 if that is not known).

    Attributes:
        idle: see above.
        most: bytes that may come in, of all.
    """

    def __init__(
        self,
        seconds: float,
        size: int,
        idle: float,
        cancelled: Callable[[], bool] = lambda: False,
        progress: Callable[[str, int, int], None] = lambda what, done, total: None,
    ) -> None:
        self._until, self._seconds = time.monotonic() + seconds, seconds
        self.most, self._left = size, size
        self._cancelled, self.progress = cancelled, progress
        self.idle = idle

    @property
    def seconds(self) -> float:
        """What is left of the time."""
        return self._until - time.monotonic()

    @property
    def size(self) -> int:
        """Bytes that may still come in."""
        return self._left

    def renew(self) -> None:
        """Begin the time anew, for the next one of requests that each have as much."""
        self._until = time.monotonic() + self._seconds

    def check(self) -> None:
        """Look whether it may go on.

        Raises:
            Cancelled: when it is not wanted any more.
            Unavailable: when it takes too long.
        """
        if self._cancelled():
            raise Cancelled("The import was cancelled: nothing was changed.")
        if self.seconds <= 0:
            raise Unavailable(
                f"The source takes too long: nothing is fetched for more than {self._seconds:,.0f} seconds."
            )

    def expect(self, size: int) -> None:
        """Look whether so many bytes may come in.

        Raises:
            TooLarge: when they are too many.
        """
        if size > self._left:
            raise TooLarge(
                f"The source is larger than what may be fetched for this project now ({in_words(self.most)}): "
                "take a part of it."
            )

    def give_back(self, size: int) -> None:
        """Note that so many bytes that came in are gone again."""
        self._left += size

    def spend(self, size: int) -> None:
        """Note that so many bytes came in.

        Raises:
            Cancelled, TooLarge, Unavailable: when it may not go on.
        """
        self.expect(size)
        self._left -= size
        self.check()
