"""What servers report of themselves, until a worker writes it down: the newest report of each, so that many are one."""

from __future__ import annotations

import json
import time
from typing import Any

from hubshare.names import key_part
from hubshare.wire.usage import SERVERS_MOST, Reported

#: A server of which nothing was heard for so long makes room for another one of its user.
_ROOM_SECONDS = 3600
#: What nobody writes down goes after so many seconds.
_KEPT_SECONDS = 7200

#: Set: users of whom something is to be written down. Sorted set: users, by when they were heard last (s).
_NEW, _HEARD = "hubshare:usage:new", "hubshare:usage:heard"

#: A report begins with the time at which it came, of fixed length.
_NOTE = """
if redis.call("hexists", KEYS[1], ARGV[1]) == 0 and redis.call("hlen", KEYS[1]) >= tonumber(ARGV[3]) then
    local oldest, at
    local all = redis.call("hgetall", KEYS[1])
    for i = 1, #all, 2 do
        local then_ = tonumber(string.sub(all[i + 1], 1, 14))
        if not at or then_ < at then oldest, at = all[i], then_ end
    end
    if at > tonumber(ARGV[6]) - tonumber(ARGV[7]) then return -1 end
    redis.call("hdel", KEYS[1], oldest)
end
redis.call("hset", KEYS[1], ARGV[1], ARGV[2])
redis.call("expire", KEYS[1], ARGV[4])
redis.call("sadd", KEYS[2], ARGV[5])
redis.call("zadd", KEYS[3], ARGV[6], ARGV[5])
redis.call("zremrangebyscore", KEYS[3], "-inf", tonumber(ARGV[6]) - tonumber(ARGV[7]))
return redis.call("zcard", KEYS[3])
"""


def note_usage(client: Any, user: str, server: str, said: dict[str, Any]) -> int | None:
    """Take a report in.

    Args:
        client: connection to Redis.
        user: whose server it is.
        said: what can be written as JSON.

    Returns:
        From how many users reports came within the last hour; None when too many servers of this one report.
    """
    now = time.time()
    text = f"{now:014.3f}{json.dumps(said)}"
    keys = [_of(user), _NEW, _HEARD]
    args = [server.encode(), text, SERVERS_MOST, _KEPT_SECONDS, user.encode(), f"{now:.3f}", _ROOM_SECONDS]
    heard = int(client.eval(_NOTE, len(keys), *keys, *args))
    return None if heard < 0 else heard


def take_usage(client: Any, most: int) -> list[Reported]:
    """Return the reports of some users of whom there is something new, and do not give them to anybody else.

    Whoever dies with them loses one moment's figures: the next report tells the next moment's.

    Args:
        client: connection to Redis.
        most: users at most.
    """
    users = [name.decode() for name in client.spop(_NEW, most)]
    with client.pipeline(transaction=False) as pipe:
        for user in users:
            pipe.hgetall(_of(user))
        found = pipe.execute()
    return [
        Reported(user, server.decode(), float(text[:14]), json.loads(text[14:]))
        for user, of_user in zip(users, found, strict=True)
        for server, text in of_user.items()
    ]


def _of(user: str) -> str:
    return f"hubshare:usage:{{{key_part(user)}}}"
