"""The head of an event: what it is and what it is about, out of its first bytes, for whoever does not read it whole."""

from __future__ import annotations

import re

#: So many bytes of an event tell it.
HEAD_BYTES = 256

_HEAD = re.compile(
    rb'\{"version":1,"type":"(?P<kind>push|pull|sync)","id":"(?P<trace>[0-9a-f]{32})"(?:,"project":"(?P<project>[0-9a-f]{32})")?[,}]'
)


def read_head(head: bytes) -> dict[str, str]:
    """Return `kind`, `trace` and `project` as the head of an event tells them; nothing where it is written in another way.

    It is for showing where something waits, and decides nothing: its sender may have made it up.

    Args:
        head: the first `HEAD_BYTES` of an event, as `hubshare.wire.agent` has them.
    """
    found = _HEAD.match(head)
    return {name: value.decode() for name, value in found.groupdict().items() if value} if found else {}
