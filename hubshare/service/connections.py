"""Connections to the service: none lasts for nothing, and none for ever, which would keep people at a process that is busy."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

#: So long the head of a request may take to come, in seconds, on a new connection as on one that had another before.
HEAD_SECONDS = 20.0
#: So many requests a connection is used for; the next one is taken up by the process that has the least to do then. A proxy
#: that keeps its connections else keeps what one process has too many of, or all of them.
REQUESTS = 32


class PunctualProtocol(H11Protocol):
    """Uvicorn's, which waits for ever for a head that comes byte by byte, or does not come at all, and never ends by itself.

    The one of h11, whatever else is installed: it bounds what it keeps of a head.
    """

    _head: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._service, self.app = self.app, self._serve
        # Those that began at the same time do not end at the same time.
        self._left = random.randint(REQUESTS // 2, REQUESTS)  # noqa: S311

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait(transport)

    def data_received(self, data: bytes) -> None:
        """Take in a part of a request."""
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            self._wait(self.transport)
        else:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side, or we, have ended it."""
        self._stop_waiting()
        super().connection_lost(exc)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._left -= 1
        await self._service(scope, receive, send if self._left > 0 else self._closing(send))

    def _closing(self, send: Send) -> Send:
        """What sends an answer that is the last one of its connection, and says so."""

        async def sending(message: Message) -> None:
            # Where a request still comes it is the next one's: who sends to a closed connection may not see what was answered.
            if message["type"] == "http.response.start" and not self.cycle.more_body:
                message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
            await send(message)

        return sending

    def _wait(self, transport: asyncio.BaseTransport) -> None:
        # What comes byte by byte is given no more time with each.
        if self._head is None:
            self._head = asyncio.get_running_loop().call_later(HEAD_SECONDS, transport.close)

    def _stop_waiting(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None
