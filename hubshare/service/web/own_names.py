"""A name is the user's who has it at the Hub: what others had under it before makes room at the first request."""

from __future__ import annotations

import time
from collections import OrderedDict
from datetime import datetime

from starlette.concurrency import run_in_threadpool

from hubshare.centre import Centre
from hubshare.operations.users import claim_name, part_from_former

#: Nobody else can take the name of a user whom the Hub knows; it is looked at again all the same.
_SECONDS, _MOST = 300.0, 10_000


class OwnNames:
    """Sees to it for all requests of this process; the same user again costs nothing."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._seen: OrderedDict[tuple[str, datetime | None], float] = OrderedDict()

    async def claim(self, user: str, born: datetime | None) -> None:
        """Let a user, whom the Hub has named, have what is called so, and nothing that was a former one's.

        Args:
            born: since when the Hub has this user; None where it does not say.
        """
        who = user, born
        if not user or self._seen.get(who, 0.0) > time.monotonic():
            return
        await run_in_threadpool(self._claim, user, born)
        self._seen[who] = time.monotonic() + _SECONDS
        self._seen.move_to_end(who)
        while len(self._seen) > _MOST:
            self._seen.popitem(last=False)

    def _claim(self, user: str, born: datetime | None) -> None:
        if born is not None:
            part_from_former(self._centre, user=user, born=born)
        claim_name(self._centre, user=user)
