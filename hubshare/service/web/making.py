"""What is made when somebody asks for it: once for all who ask at the same time, and little of it at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

import anyio.to_thread

from hubshare.errors import TooMany, Unavailable
from hubshare.metering import timed
from hubshare.operations.asker import Asker
from hubshare.service.web.places import Places

Made = TypeVar("Made")


class Making:
    """For the event loop; the work is done in threads of its own, so that requests have theirs.

    Args:
        places: how much is made at a time.
        threads: as many as there are places.
    """

    def __init__(self, places: Places, threads: int) -> None:
        self._places, self._threads = places, threads
        self._limiter: anyio.CapacityLimiter | None = None
        self._running: dict[Hashable, asyncio.Task[object]] = {}

    async def once(self, key: Hashable, asker: Asker, make: Callable[[], Made]) -> Made:
        """What `make` gives, or gave to somebody else who asked for the same and whose turn came first.

        Args:
            key: what of two that are the same is the same.
            asker: whose share it is taken from, if nobody has asked for it yet.

        Raises:
            TooMany, Unavailable: see `Places.place`.
        """
        while True:
            running, own = self._running.get(key), False
            if running is None:
                running, own = asyncio.create_task(self._make(asker, make)), True
                self._running[key] = running
                running.add_done_callback(lambda _: self._running.pop(key))
            try:
                # It goes on when whoever asked first goes away: others may wait for it.
                return cast(Made, await asyncio.shield(running))
            except (TooMany, Unavailable):
                # Somebody else's share was used up; that says nothing of this one's.
                if own:
                    raise

    async def _make(self, asker: Asker, make: Callable[[], object]) -> object:
        self._limiter = self._limiter or anyio.CapacityLimiter(self._threads)
        async with self._places.place(asker):
            return await anyio.to_thread.run_sync(timed(make), limiter=self._limiter)
