"""What others want to give to the user, for those who follow: asked for when that may be something else than before."""

from __future__ import annotations

import asyncio

from hubshare.client import Client
from hubshare.ending import end
from hubshare.errors import HubShareError
from hubshare.wire.api.offers import Offer
from hubshare_agents.news import News


class Offers:
    """Knows the offers that wait for a yes, as long as somebody follows.

    Args:
        client: asks the service.
        news: is told when they are other ones.

    Attributes:
        waiting: those that wait.
    """

    def __init__(self, client: Client, news: News) -> None:
        self._client, self._news = client, news
        self._task: asyncio.Task[None] | None = None
        self._again = False
        self.waiting: tuple[Offer, ...] = ()

    def look(self) -> None:
        """Ask which there are, if somebody follows; they are told as soon as the answer is there."""
        if not self._news.followed:
            return
        if self._task is not None and not self._task.done():
            self._again = True
            return
        self._task = asyncio.create_task(self._look())

    async def stop(self) -> None:
        """Ask no more."""
        await end(self._task)

    async def _look(self) -> None:
        self._again = True
        while self._again:
            self._again = False
            try:
                found = tuple(await asyncio.to_thread(lambda: list(self._client.offers())))
            except HubShareError:
                # The centre is away: what was known stays, and is asked for when it is back.
                return
            if found != self.waiting:
                self.waiting = found
                self._news.changed()
