"""The feed, as it lies in Redis: the newest events of everybody, of which each owner of projects keeps a fair part.

Where there are too many, the oldest event of whoever has most goes: nobody's are pushed out by those of somebody busier.
Of which projects something has gone, and until when, is known, so that whoever was away for long can be told.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from hubshare import tracing
from hubshare.bus.deliveries import Announce
from hubshare.bus.keys import FEED

#: Events that are kept; projects of which it is known that something has gone.
ENTRIES, _GONE_MOST = 10_000, 10_000
#: Sorted set: owner to how many events there are of theirs; and the list of their ids for each, the oldest first.
_SHARES, _OF_OWNER = "hubshare:feed-shares", "hubshare:feed-of:"
#: Sorted set: project to the time (ms) of its newest event that has gone; and the time before which it is not known of which.
_GONE, _FLOOR = "hubshare:feed-gone", "hubshare:feed-floor"

_ANNOUNCE = f"""
local feed, most, owner = KEYS[1], tonumber(ARGV[1]), ARGV[2]
local function time_of(id) return tonumber(string.match(id, "^%d+")) end
local function take_in(who, id)
    redis.call("rpush", "{_OF_OWNER}" .. who, id)
    redis.call("zincrby", "{_SHARES}", 1, who)
end
local function first_time()
    local first = redis.call("xrange", feed, "-", "+", "count", 1)[1]
    return first and time_of(first[1]) or 0
end
local function field(entry, name)
    for place = 1, #entry[2], 2 do
        if entry[2][place] == name then return entry[2][place + 1] end
    end
    return ""
end
local id = redis.call("xadd", feed, "*", "project", ARGV[3], "event", ARGV[4], "user", ARGV[5], "traceparent", ARGV[6])
if redis.call("exists", "{_SHARES}") == 0 then
    -- What is there already, of a HubShare that did not count.
    for _, entry in ipairs(redis.call("xrange", feed, "-", "+")) do
        take_in(string.match(field(entry, "event"), '"project": "([^/"]*)/') or "", entry[1])
    end
    redis.call("set", "{_FLOOR}", string.format("%.0f", first_time()))
else
    take_in(owner, id)
end
local over = redis.call("xlen", feed) - most
while over > 0 do
    local top = redis.call("zrevrange", "{_SHARES}", 0, 0)[1]
    if not top then break end
    local oldest = redis.call("lpop", "{_OF_OWNER}" .. top)
    if not oldest then
        redis.call("zrem", "{_SHARES}", top)
    else
        if tonumber(redis.call("zincrby", "{_SHARES}", -1, top)) < 1 then redis.call("zrem", "{_SHARES}", top) end
        local entry = redis.call("xrange", feed, oldest, oldest)[1]
        if entry then
            redis.call("zadd", "{_GONE}", time_of(oldest), field(entry, "project"))
            redis.call("xdel", feed, oldest)
            over = over - 1
        end
    end
end
if over > 0 then
    redis.call("xtrim", feed, "maxlen", most)
    redis.call("set", "{_FLOOR}", string.format("%.0f", first_time()))
end
local many = redis.call("zcard", "{_GONE}") - {_GONE_MOST}
if many > 0 then
    redis.call("set", "{_FLOOR}", redis.call("zrange", "{_GONE}", many - 1, many - 1, "withscores")[2])
    redis.call("zremrangebyrank", "{_GONE}", 0, many - 1)
end
"""


class Gone(NamedTuple):
    """What is not in the feed any more.

    Attributes:
        projects: ids of those of which something has gone.
        others: whether that may be so of any other project as well.
    """

    projects: list[str]
    others: bool


class FeedLog:
    """The feed in Redis.

    Args:
        client: connection to Redis.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def add(self, pipe: Any, delivery: Announce) -> None:
        """Put an event into the feed, with what else goes in one round trip."""
        owner = str(delivery.event.get("project", "")).partition("/")[0]
        told = [ENTRIES, owner, delivery.project, delivery.encode(), delivery.user, str(tracing.current() or "")]
        # In full, as `Bus.send` does it.
        pipe.eval(_ANNOUNCE, 1, FEED, *told)

    def gone_since(self, entry: str) -> Gone:
        """What has gone of that which came after an entry.

        Args:
            entry: its id; `0-0` for the beginning: whoever begins there has heard nothing yet, so nothing is said of what Redis
                may have had before its first event.
        """
        since = int(entry.partition("-")[0])
        with self._client.pipeline(transaction=True) as pipe:
            pipe.zrangebyscore(_GONE, since, "+inf")
            pipe.get(_FLOOR)
            projects, floor = pipe.execute()
        if since == 0:
            return Gone([project.decode() for project in projects], len(projects) >= _GONE_MOST)
        # Without a floor nothing was told since Redis has forgotten everything.
        return Gone([project.decode() for project in projects], floor is None or float(floor) > since)
