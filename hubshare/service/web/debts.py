"""Debts: what the requests of each have cost this process lately beyond a share of its time; for the event loop only.

There are two of each: one of all that was asked for, by which somebody is dear, and one of ordinary requests, by which the next
one waits. What is large and goes on for long has few places of its own: who takes that is not kept from all else for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from hubshare.operations.asker import Asker

#: All visitors without an account together.
VISITORS = Asker("", True)
#: So much of the time of a processor each may take without a debt, and so do visitors together.
_SHARE = 0.5
#: A debt of more seconds is one of somebody whose requests are dear; with one of more than so many, the next has to wait.
_DEAR_SECONDS, _PAUSE_SECONDS = 1.0, 5.0
#: Most of a debt that is remembered: nobody waits for so long that programs give up, whatever one request has cost.
_MOST_SECONDS = 10.0
#: Most that are known: where there are more, the smaller half is forgotten.
_MOST = 10_000


class Debts:
    """Those of this process (the generic cell rate algorithm, ITU-T I.371).

    Args:
        clock: tells seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._dear: dict[Asker, float] = {}
        self._paced: dict[Asker, float] = {}

    def add(self, asker: Asker, seconds: float, paced: float | None = None) -> None:
        """Count what a request cost, for whoever asked, and for visitors together where it was one of them.

        Args:
            paced: for how much of that the next one waits; for all of it unless it is given.
        """
        self._owe(self._dear, asker, seconds)
        if asker.anonymous:
            self._owe(self._dear, VISITORS, seconds)
        self._owe(self._paced, asker, seconds if paced is None else paced)

    def _owe(self, until: dict[Asker, float], whose: Asker, seconds: float) -> None:
        now = self._clock()
        owed = max(0.0, until.get(whose, 0.0) - now) + seconds / _SHARE
        until[whose] = now + min(owed, _MOST_SECONDS)
        if len(until) > _MOST:
            for one in sorted(until, key=until.__getitem__)[: _MOST // 2]:
                del until[one]

    def is_dear(self, asker: Asker) -> bool:
        """Return whether somebody's requests have lately been dear."""
        return self._dear.get(asker, 0.0) - self._clock() > _DEAR_SECONDS

    def pause(self, asker: Asker) -> float:
        """Return for how many seconds the next request of somebody has to wait, so that all take no more than a share."""
        return max(0.0, self._paced.get(asker, 0.0) - self._clock() - _PAUSE_SECONDS)
