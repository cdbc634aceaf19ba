"""A user's name belongs to the user: what others had under it before the user came makes room at the first request."""

from __future__ import annotations

import time
from collections import OrderedDict

from starlette.concurrency import run_in_threadpool

from hubshare.centre import Centre
from hubshare.operations.users import claim_name

#: Nobody else can take the name of a user whom the Hub knows; it is looked at again all the same.
_SECONDS, _MOST = 300.0, 10_000


class OwnNames:
    """Sees to it for all requests of this process; the same user again costs nothing."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._seen: OrderedDict[str, float] = OrderedDict()

    async def claim(self, user: str) -> None:
        """Let a user, whom the Hub has named, have what is called so."""
        if not user or self._seen.get(user, 0.0) > time.monotonic():
            return
        await run_in_threadpool(claim_name, self._centre, user=user)
        self._seen[user] = time.monotonic() + _SECONDS
        self._seen.move_to_end(user)
        while len(self._seen) > _MOST:
            self._seen.popitem(last=False)
