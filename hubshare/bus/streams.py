"""Streams of Redis, as its answers hold them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple


class Message(NamedTuple):
    """One entry of a stream."""

    stream: str
    entry: str
    fields: dict[bytes, bytes]


def messages(answer: Any) -> Iterator[Message]:
    """The messages in an answer of XREAD, whose form depends on the protocol version of the connection."""
    for stream, entries in answer.items() if isinstance(answer, dict) else answer:
        for entry, fields in entries if not entries or isinstance(entries[0], tuple) else entries[0]:
            yield Message(stream.decode(), entry.decode(), fields)
