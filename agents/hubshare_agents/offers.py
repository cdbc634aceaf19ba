"""What others want to give to the user, for those who follow: asked for when that may be something else than before."""

from __future__ import annotations

import asyncio

from hubshare.client import Client
from hubshare.ending import end
from hubshare.errors import HubShareError
from hubshare.wire.agent import LISTS_SECONDS
from hubshare.wire.api.offers import Offer
from hubshare_agents.news import News


class Offers:
    """Knows the offers that wait for a yes, as long as somebody follows.

    Args:
        client: asks the service.
        news: is told when they are other ones.
        pause: so long what has changed is not looked up again, in seconds; longer than the centre is silent about it.

    Attributes:
        waiting: those that wait.
        changes: counted up when what is offered to the user, or shared with them, may be another than before.
    """

    def __init__(self, client: Client, news: News, pause: float = LISTS_SECONDS + 1.0) -> None:
        self._client, self._news, self._pause = client, news, pause
        self._resting: asyncio.TimerHandle | None = None
        self._told = False
        self.changes = 0
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

    def note_changed(self) -> None:
        """What is offered or shared has changed: it is looked up now, and later again, since more may follow untold."""
        if self._resting is not None:
            self._told = True
            return
        self._rest()

    def _rest(self) -> None:
        self._told = False
        self._resting = asyncio.get_running_loop().call_later(self._pause, self._rested)
        self._count()

    def _rested(self) -> None:
        self._resting = None
        if self._told:
            self._rest()
        else:
            self._count()

    def _count(self) -> None:
        self.changes += 1
        self.look()
        self._news.changed()

    async def stop(self) -> None:
        """Ask no more."""
        if self._resting is not None:
            self._resting.cancel()
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
