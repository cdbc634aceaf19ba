"""Bodies of requests: those that are read as a whole are bounded, each and all, before anybody knows who sends them."""

from __future__ import annotations

import re

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hubshare.config import KIB, MIB
from hubshare.names import size as size_of

#: Largest body, in bytes: the longest list of paths is one of some MiB.
MOST = 32 * MIB
#: What all bodies take together. So much of each is not counted: there is always room for what is small.
_MOST_IN_ALL, _SMALL = 256 * MIB, 64 * KIB
#: What reads its body piece by piece, and has limits of its own: below the prefix.
_STREAMED = r"git/|api/v1/uploads/|projects/upload\Z|projects/[^/]+/[^/]+/upload\Z"


class Bodies:
    """Refuses bodies that are too large.

    Args:
        app: what answers.
        prefix: the path below which the service is reached.
        most: of one body, in bytes.
        in_all: of all that are being answered.
    """

    def __init__(self, app: ASGIApp, prefix: str, most: int = MOST, in_all: int = _MOST_IN_ALL) -> None:
        self._app, self._streamed = app, re.compile(f"{re.escape(prefix)}(?:{_STREAMED})")
        self._most, self._in_all, self._held = most, in_all, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count what of its body comes."""
        if scope["type"] != "http" or self._streamed.match(scope["path"]):
            await self._app(scope, receive, send)
            return
        size = counted = 0

        async def receiving() -> Message:
            nonlocal size, counted
            message = await receive()
            size += len(message.get("body", b""))
            if size > self._most:
                raise HTTPException(413, f"The request has more than {size_of(self._most)}: send less at a time.")
            if (more := max(0, size - _SMALL) - counted) > 0:
                if self._held + more > self._in_all:
                    raise HTTPException(
                        503, "HubShare is busy with large requests: try again in a moment.", {"Retry-After": "5"}
                    )
                self._held, counted = self._held + more, counted + more
            return message

        try:
            await self._app(scope, receiving, send)
        finally:
            self._held -= counted
