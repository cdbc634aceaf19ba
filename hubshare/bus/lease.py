"""A lease: of all processes that want to do something one at a time does it, and another soon after that one is gone."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

_HOLD = """
local holder = redis.call('get', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
return 1
"""


class Lease:
    """One that this process may hold.

    Args:
        client: connection to Redis.
        key: what it is for, the same for all who want it.
        seconds: after which another may hold it, if this process does not renew it by `hold`.
    """

    def __init__(self, client: Any, key: str, seconds: float) -> None:
        self._client, self._key, self._ms = client, key, int(seconds * 1000)
        self._name = uuid4().hex
        self._hold = client.register_script(_HOLD)

    def hold(self) -> bool:
        """Return whether this process holds it, from now on or for longer.

        Raises:
            RedisError: Redis does not answer.
        """
        return bool(self._hold(keys=[self._key], args=[self._name, self._ms]))

    def let_go(self) -> None:
        """Let another process hold it at once.

        Raises:
            RedisError: Redis does not answer; it runs out by itself.
        """
        if self._client.get(self._key) == self._name.encode():
            self._client.delete(self._key)
