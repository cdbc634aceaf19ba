"""Streams that tell pages about jobs and workers when to look again, and nothing else: one source for all of this process.

While nothing changes, nobody who listens costs a look at the database.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NamedTuple

from redis import asyncio as aioredis
from redis.exceptions import RedisError
from starlette.concurrency import run_in_threadpool

from hubshare.bus.connections import CLIENT_NAME
from hubshare.centre import Centre
from hubshare.jobs.news import MOVED, Moved, read_moved
from hubshare.operations.ops.sight import read_overview

log = logging.getLogger(__name__)

#: A sign of life is sent this often; a listener is told at most so often; the whole centre is looked at so often, for all.
_QUIET_SECONDS, _LEAST_SECONDS, _LOOK_SECONDS = 15.0, 1.0, 2.5
_PAUSE_SECONDS = 0.5
_CHANGED = 'data: {"type": "changed"}\n\n'


class _Listener(NamedTuple):
    """Somebody who looks at jobs: at those of one person and those that change a project, or at everything.

    Attributes:
        user: None for everything.
        project: id; "" for none.
    """

    user: str | None
    project: str
    moved: asyncio.Event


class JobNews:
    """Hears whose jobs have moved and looks how the centre is, once for all who listen; for the event loop."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._listeners = set[_Listener]()
        self._watched = asyncio.Event()

    async def run_forever(self) -> None:
        """Hear and look for ever; a Redis that does not answer is waited for."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._hear())
            both.create_task(self._watch())

    async def listen(
        self,
        user: str | None,
        still: Callable[[], Awaitable[bool]],
        project: str = "",
        least: float = _LEAST_SECONDS,
    ) -> AsyncIterator[str]:
        """Server-sent events that say when to look again.

        Args:
            user: at whose jobs; None for everybody's, and at the state of the centre.
            still: whether whoever listens may still do so; asked before each event.
            project: id of one whose changes are looked at, whoever makes them.
            least: seconds between two events.
        """
        listener = _Listener(user, project, asyncio.Event())
        self._listeners.add(listener)
        if user is None:
            self._watched.set()
        try:
            yield ": connected\n\n"
            while True:
                moved = await _within(listener.moved, _QUIET_SECONDS)
                if not await still():
                    return
                if not moved:
                    yield ": still here\n\n"
                    continue
                listener.moved.clear()
                yield _CHANGED
                # What moves meanwhile is told together.
                await asyncio.sleep(least)
        finally:
            self._listeners.discard(listener)

    def _tell(self, moved: Moved) -> None:
        for listener in self._listeners:
            his = moved.users is None or listener.user is None or listener.user in moved.users
            if his or (listener.project and (moved.projects is None or listener.project in moved.projects)):
                listener.moved.set()

    async def _hear(self) -> None:
        address = self._centre.settings.redis_url.get_secret_value()
        while True:
            try:
                async with (
                    aioredis.Redis.from_url(address, socket_timeout=30, client_name=CLIENT_NAME) as client,
                    client.pubsub(ignore_subscribe_messages=True) as channel,
                ):
                    await channel.subscribe(MOVED)
                    # Something may have been missed.
                    self._tell(Moved())
                    while True:
                        message = await channel.get_message(timeout=10)
                        if message is not None:
                            self._tell(read_moved(message["data"]))
            except (RedisError, OSError) as error:
                log.warning("news of jobs wait for Redis: %s", error)
            except Exception:
                log.exception("news of jobs go on behind one that cannot be read")
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _watch(self) -> None:
        """Tell those who look at the centre when it has changed; how long it takes to answer is no change."""
        seen: Any = None
        while True:
            if not any(listener.user is None for listener in self._listeners):
                seen = None
                self._watched.clear()
                await self._watched.wait()
            try:
                overview = await run_in_threadpool(read_overview, self._centre)
                found = overview.model_dump(include=_TOLD)
                if seen not in (None, found):
                    self._tell_watchers()
                seen = found
            except Exception:
                log.exception("the centre could not be looked at")
            await asyncio.sleep(_LOOK_SECONDS)

    def _tell_watchers(self) -> None:
        for listener in self._listeners:
            if listener.user is None:
                listener.moved.set()


#: What of the state of the centre is told of when it changes.
_TOLD = {"healthy", "findings", "workers", "busy", "threads", "waiting", "dead", "outbox_messages"}


async def _within(moved: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await moved.wait()
    except TimeoutError:
        return False
    return True
