"""Whose turn it is to ask the Hub again and again: one process of the service asks for all of them."""

from __future__ import annotations

import logging

from redis.exceptions import RedisError

from hubshare.bus.lease import Lease
from hubshare.centre import Centre

log = logging.getLogger(__name__)

#: Who does not ask any more is followed by another process after so many seconds.
_SECONDS = 5.0


class HubTurn:
    """The turn of this process."""

    def __init__(self, centre: Centre) -> None:
        seconds = max(_SECONDS, 3 * centre.settings.group_seconds)
        self._lease = Lease(centre.bus.redis, "hubshare:asks-the-hub", seconds)

    def is_ours(self) -> bool:
        """Return whether this process is to ask; where Redis does not answer all do: better often than not at all."""
        try:
            return self._lease.hold()
        except RedisError as error:
            log.debug("every process asks the Hub while Redis does not answer: %s", error)
            return True
