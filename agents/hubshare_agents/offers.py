"""What others want to give to the user or ask of them, and what the user was told, for those who follow.

It is looked up when it may be another than before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from itertools import islice
from typing import TypeVar

from hubshare.client import Client
from hubshare.ending import end
from hubshare.errors import HubShareError, NotFound
from hubshare.wire.agent import LISTS_SECONDS
from hubshare.wire.api.notifications import Notification
from hubshare.wire.api.offers import Offer
from hubshare.wire.api.servers import ServerRequest
from hubshare_agents.news import News

Found = TypeVar("Found")

#: As much of what the user was told is shown.
_TOLD = 50


class Offers:
    """Knows the offers and requests that wait for a yes, as long as somebody follows.

    Args:
        client: asks the service.
        news: is told when they are other ones.
        pause: so long what has changed is not looked up again, in seconds; longer than the centre is silent about it.

    Attributes:
        waiting: the offers that wait.
        requests: who asks for access to the user's servers, and what the user has asked; None where no servers are shared.
        told: what the user was told, and has not read.
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
        self.requests: tuple[ServerRequest, ...] | None = None
        self.told: tuple[Notification, ...] = ()

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
                offers, requests, told = await asyncio.to_thread(self._ask)
            except HubShareError:
                # The centre is away: what was known stays, and is asked for when it is back.
                return
            if (offers, requests, told) != (self.waiting, self.requests, self.told):
                self.waiting, self.requests, self.told = offers, requests, told
                self._news.changed()

    def _ask(self) -> tuple[tuple[Offer, ...], tuple[ServerRequest, ...] | None, tuple[Notification, ...]]:
        offers = tuple(self._client.offers())
        return offers, _there(self._client.server_requests), _there(self._some_told) or ()

    def _some_told(self) -> Iterable[Notification]:
        return islice(self._client.notifications(page=_TOLD), _TOLD)


def _there(ask: Callable[[], Iterable[Found]]) -> tuple[Found, ...] | None:
    """What the service lists; None where it lists nothing of the kind: servers are not shared, or it is older than that."""
    try:
        return tuple(ask())
    except NotFound:
        return None
