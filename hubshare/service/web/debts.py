"""Debts: what the requests of each have cost this process lately beyond a share of its time; for the event loop only."""

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
        self._until: dict[Asker, float] = {}

    def add(self, asker: Asker, seconds: float) -> None:
        """Count what a request cost, for whoever asked, and for visitors together where it was one of them."""
        for whose in (asker, VISITORS) if asker.anonymous else (asker,):
            now = self._clock()
            owed = max(0.0, self._until.get(whose, 0.0) - now) + seconds / _SHARE
            self._until[whose] = now + min(owed, _MOST_SECONDS)
        if len(self._until) > _MOST:
            kept = sorted(self._until.items(), key=lambda one: one[1])[_MOST // 2 :]
            self._until = dict(kept)

    def is_dear(self, asker: Asker) -> bool:
        """Return whether somebody's requests have lately been dear."""
        return self._until.get(asker, 0.0) - self._clock() > _DEAR_SECONDS

    def pause(self, asker: Asker) -> float:
        """Return for how many seconds the next request of somebody has to wait, so that all take no more than a share."""
        return max(0.0, self._until.get(asker, 0.0) - self._clock() - _PAUSE_SECONDS)
