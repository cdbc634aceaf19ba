"""The service from its first moment: it listens at once, says what it waits for, and hands over when all is there.

A Hub gives up on a service that does not answer soon, and does not start without it; a database that is away, or a large
migration, takes longer than that.
"""

from __future__ import annotations

import asyncio
import html
import json
import logging
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Generic, Protocol, TypeVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hubshare.errors import HubShareError

log = logging.getLogger(__name__)

Opened = TypeVar("Opened")

#: How soon it is tried again, in seconds: by the service, and by whoever asks.
_AGAIN_SECONDS, _RETRY_AFTER = 0.5, b"2"
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">
<title>HubShare is starting</title></head>
<body><h1>HubShare is starting</h1><p>{stage}. This page comes back by itself.</p></body></html>
"""


class Stage(Protocol):
    """Told what is waited for, in words for people."""

    def __call__(self, stage: str) -> None: ...


class Starting(Generic[Opened]):
    """An application that becomes another one as soon as that can be made.

    Args:
        prefix: the path below which it is reached, with a slash at both ends.
        open_: opens what the other one works with; waits, or raises `HubShareError` to be called again in a moment.
        make: makes the other one of that, and what surrounds its life.
        patience: for how many seconds requests may be left to other processes, which may be able to answer them already.
    """

    def __init__(
        self,
        prefix: str,
        open_: Callable[[Stage], Opened],
        make: Callable[[Opened], tuple[ASGIApp, AbstractAsyncContextManager[object]]],
        patience: float = 0.0,
    ) -> None:
        self._prefix, self._open, self._make = prefix, open_, make
        self._app: ASGIApp | None = None
        self._patience = patience
        self._up, self._ended = asyncio.Event(), asyncio.Event()
        self.stage = "It has just been started"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or begin and end."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._app is not None:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._wait(scope, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        coming = asyncio.create_task(self._come_up())
        with suppress(TimeoutError):
            await asyncio.wait_for(self._up.wait(), self._patience)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._ended.set()
        if self._app is None:
            coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
        await send({"type": "lifespan.shutdown.complete"})

    async def _come_up(self) -> None:
        # Made in a thread: that takes a second or more, and whoever asks meanwhile is answered.
        app, life = await asyncio.to_thread(self._make, await self._opened())
        async with life:
            self._app = app
            self._up.set()
            await self._ended.wait()

    async def _opened(self) -> Opened:
        """What the application works with. In a thread that nobody waits for when the process ends."""
        loop = asyncio.get_running_loop()
        found: asyncio.Future[Opened] = loop.create_future()

        def run() -> None:
            while True:
                try:
                    opened = self._open(self._tell)
                except HubShareError as error:
                    self._tell(error.message.rstrip("."))
                except Exception as error:
                    log.exception("the service cannot be opened")
                    self._tell(f"It cannot be opened ({type(error).__name__}): see the log of the Hub")
                else:
                    with suppress(RuntimeError):  # it has ended meanwhile
                        loop.call_soon_threadsafe(_give, found, opened)
                    return
                threading.Event().wait(_AGAIN_SECONDS)

        threading.Thread(target=run, name="opening", daemon=True).start()
        return await found

    def _tell(self, stage: str) -> None:
        if stage != self.stage:
            log.warning("the service is starting: %s", stage)
        self.stage = stage

    async def _wait(self, scope: Scope, send: Send) -> None:
        """Say that it is starting: 503, but to the Hub that looks whether the service listens."""
        given = {name: value.decode("latin-1") for name, value in scope["headers"]}
        wants_page = "text/html" in given.get(b"accept", "")
        through_proxy = any(name.startswith(b"x-forwarded-") for name in given)
        looks = scope["path"] == self._prefix and not wants_page and not through_proxy
        if wants_page:
            kind, body = b"text/html; charset=utf-8", _PAGE.format(stage=html.escape(self.stage))
        elif scope["path"].rstrip("/") == f"{self._prefix}health":
            kind, body = b"application/json", json.dumps({"status": "starting", "stage": self.stage})
        else:
            kind, body = b"application/problem+json", _problem(f"HubShare is starting: {self.stage}.")
        headers = [(b"content-type", kind), (b"cache-control", b"no-store"), (b"retry-after", _RETRY_AFTER)]
        start: Message = {"type": "http.response.start", "status": 200 if looks else 503, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body.encode()})


def _give(found: asyncio.Future[Opened], opened: Opened) -> None:
    if not found.done():
        found.set_result(opened)


def _problem(detail: str) -> str:
    return json.dumps(
        {
            "type": "urn:hubshare:unavailable",
            "title": "Service Unavailable",
            "status": 503,
            "detail": detail,
            "code": "unavailable",
        }
    )
