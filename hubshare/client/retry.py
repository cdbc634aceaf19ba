"""Whether and when a call is sent again. Pure: whoever asks does the waiting."""

from __future__ import annotations

import random
from typing import Any

from hubshare.client.call import Call
from hubshare.errors import HubShareError, Unavailable

_TRIES = 4
_FIRST_WAIT = 0.1
#: What says that nothing was done, and that it is worth trying again: too many requests, unavailable.
_LATER = (429, 503)


class Tries:
    """The tries of one call.

    Args:
        call: that is sent.
        patience: most seconds to wait between all tries together.
    """

    def __init__(self, call: Call[Any], patience: float) -> None:
        self._call, self._left = call, patience
        self._tries, self._lost = 0, False

    def lost(self, error: Unavailable, arrived: bool) -> float:
        """No answer came.

        Args:
            error: what to tell the person.
            arrived: whether the service may have got the call.

        Returns:
            How many seconds to wait before the next try.

        Raises:
            Unavailable: that error, when there is no next try.
        """
        self._lost = self._lost or arrived
        return self._wait(error, "", self._call.repeat or not arrived)

    def refused(self, error: HubShareError, status: int, retry_after: str) -> float:
        """The service answered with an error; arguments and answer as for `lost`.

        Args:
            retry_after: that header; "" without one.
        """
        return self._wait(error, retry_after, status == 429 or (status in _LATER and self._call.repeat))

    def good(self, status: int) -> bool:
        """Whether this status is of an answer and no error; also when an earlier try, whose answer was lost, has done it."""
        return status < 300 or status in self._call.fine or (status == 404 and self._lost and self._call.gone)

    def _wait(self, error: HubShareError, retry_after: str, again: bool) -> float:
        self._tries += 1
        wait = _spread(_FIRST_WAIT * 2.0 ** (self._tries - 1))
        if retry_after.isascii() and retry_after.isdigit():
            wait += int(retry_after[:9])
        if not again or self._tries >= _TRIES or wait > self._left:
            raise error
        self._left -= wait
        return wait


def pause(failures: int) -> float:
    """Seconds to wait before an event stream that has broken off is taken up again."""
    return _spread(min(15.0, 0.2 * 2.0 ** min(failures, 10)))


def _spread(seconds: float) -> float:
    """Not all at the same moment."""
    return seconds * random.uniform(0.5, 1.0)  # noqa: S311 – spreads load, no secret
