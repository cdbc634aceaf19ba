"""Patience with whoever sends a request or takes an answer: one who is all too slow is left, and what it held is free."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable
from typing import TypeVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hubshare.config import KIB

Moved = TypeVar("Moved")

log = logging.getLogger(__name__)

#: For so long the other side is waited for, in seconds, and for a second more with each so many bytes that it sends or takes.
STALL_SECONDS, SLOWEST = 60.0, 32 * KIB


class _TooSlow(Exception):
    """The other side was waited for too long."""


class _Wait:
    """How long the other side has been waited for, and what it has moved."""

    def __init__(self, stall: float, slowest: int) -> None:
        self._stall, self._slowest = stall, slowest
        self._waited, self._moved = 0.0, 0

    async def hold(self, moving: Awaitable[Moved]) -> Moved:
        """Wait for one step of it.

        Raises:
            _TooSlow: when that has taken too long, with all before.
        """
        begun = time.monotonic()
        try:
            async with asyncio.timeout(self._stall + self._moved / self._slowest - self._waited):
                return await moving
        except TimeoutError:
            raise _TooSlow from None
        finally:
            self._waited += time.monotonic() - begun

    def moved(self, message: Message) -> None:
        """Count what has come or gone."""
        self._moved += len(message.get("body", b""))


class Patience:
    """Ends the requests that nobody sends, and the answers that nobody takes; the time is not counted in which we work.

    Args:
        app: what answers.
        stall, slowest: see `STALL_SECONDS` and `SLOWEST`.
    """

    def __init__(self, app: ASGIApp, stall: float = STALL_SECONDS, slowest: int = SLOWEST) -> None:
        self._app, self._stall, self._slowest = app, stall, slowest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and look how fast it comes and its answer goes."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        coming, going = _Wait(self._stall, self._slowest), _Wait(self._stall, self._slowest)
        complete = False

        async def receiving() -> Message:
            nonlocal complete
            if complete:
                # What comes now is the end of the connection.
                return await receive()
            message = await coming.hold(receive())
            coming.moved(message)
            complete = not message.get("more_body", False)
            return message

        async def sending(message: Message) -> None:
            await going.hold(send(message))
            going.moved(message)

        try:
            await self._app(scope, receiving, sending)
        except _TooSlow:
            # What is unfinished the server breaks off; the other side notices that.
            log.info("a request for %s was broken off: the other side is too slow", scope["path"])
