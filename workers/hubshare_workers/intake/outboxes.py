"""A look into outboxes from outside: how long, how large, and which entries wait. No more than heads leave Redis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from hubshare.config import MIB
from hubshare.wire.head import HEAD_BYTES

#: So many outboxes are looked into in one step of Redis, which serves nobody else meanwhile.
_AT_ONCE = 50
#: Of each outbox at most so many entries, and no more once they are so many bytes.
_ENTRIES, _BYTES = 32, 4 * MIB

# Redis copies contents for that one at a time, and only where an outbox holds no more bytes than it may. A range cannot begin
# behind the highest id, where there is nothing.
_LOOK = """
local found = {}
for place, outbox in ipairs(KEYS) do
    local entries, length = {}, redis.call("xlen", outbox)
    local bytes, over = 0, length > tonumber(ARGV[1])
    if not over then
        bytes = redis.call("memory", "usage", outbox, "samples", 0) or 0
        over = bytes > tonumber(ARGV[2])
    end
    local after, taken = ARGV[5 + place], 0
    while not over and #entries < tonumber(ARGV[3]) and taken < tonumber(ARGV[4]) do
        local got = redis.pcall("xrange", outbox, "(" .. after, "+", "count", 1)
        if got.err or not got[1] then break end
        local size, head, fields = 0, "", got[1][2]
        for _, field in ipairs(fields) do size = size + #field end
        if fields[1] == "event" then head = string.sub(fields[2], 1, tonumber(ARGV[5])) end
        after, taken = got[1][1], taken + size
        table.insert(entries, {after, size, head})
    end
    found[place] = {over and 1 or 0, length, bytes, entries}
end
return found
"""


class Waiting(NamedTuple):
    """An entry that waits.

    Attributes:
        entry: its id.
        size: of all its fields, in bytes.
        head: the first bytes of its event.
    """

    entry: str
    size: int
    head: bytes


class Look(NamedTuple):
    """What one outbox holds.

    Attributes:
        over: whether it is over the limits; nothing of it is named then.
        length: how many entries there are.
        bytes: how many bytes it takes; 0 where there are too many entries.
        entries: the oldest of those that were asked for.
    """

    over: bool
    length: int
    bytes: int
    entries: list[Waiting]


class Outboxes:
    """Looks into outboxes.

    Args:
        client: connection to Redis.
        most: most entries of an outbox.
        most_bytes: most bytes of an outbox.
    """

    def __init__(self, client: Any, most: int, most_bytes: int) -> None:
        self._look = client.register_script(_LOOK)
        self._limits = most, most_bytes, _ENTRIES, _BYTES, HEAD_BYTES

    def look(self, cursors: Mapping[str, str]) -> Iterator[tuple[str, Look]]:
        """What there is in some outboxes.

        Args:
            cursors: outbox to the id after which its entries are asked for.
        """
        keys = list(cursors)
        for at in range(0, len(keys), _AT_ONCE):
            part = keys[at : at + _AT_ONCE]
            found = self._look(keys=part, args=[*self._limits, *(cursors[key] for key in part)])
            for key, (over, length, size, entries) in zip(part, found, strict=True):
                named = [Waiting(name.decode(), int(taken), head) for name, taken, head in entries]
                yield key, Look(bool(over), int(length), int(size), named)
