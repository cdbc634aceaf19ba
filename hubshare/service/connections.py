"""Connections to the service: one on which no request comes ends, so that nobody holds them all for nothing."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

#: So long the head of a request may take to come, in seconds, on a new connection as on one that had another before.
HEAD_SECONDS = 20.0


class PunctualProtocol(H11Protocol):
    """Uvicorn's, which waits for ever for a head that comes byte by byte, or does not come at all.

    The one of h11, whatever else is installed: it bounds what it keeps of a head.
    """

    _head: asyncio.TimerHandle | None = None

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

    def _wait(self, transport: asyncio.BaseTransport) -> None:
        # What comes byte by byte is given no more time with each.
        if self._head is None:
            self._head = asyncio.get_running_loop().call_later(HEAD_SECONDS, transport.close)

    def _stop_waiting(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None
