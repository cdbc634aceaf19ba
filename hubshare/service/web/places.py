"""Places: how much of something costly goes on at once, for each person, for visitors together, and in all.

They are of one process of the service. Who waits holds neither thread nor process; of those who wait, whoever holds the fewest
places is next, so nobody is kept out by somebody who asks a lot. Where debts are known, those whose
requests have lately been dear have fewer places, wait behind the others, and are let in no faster than their debt of ordinary
requests is forgiven.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NamedTuple

from starlette.requests import Request

from hubshare.config import CentreSettings
from hubshare.errors import TooMany, Unavailable
from hubshare.names import count
from hubshare.operations.asker import Asker
from hubshare.operations.caller import Caller
from hubshare.service.web.asker import asker_of
from hubshare.service.web.costs import Costs
from hubshare.service.web.debts import VISITORS, Debts

#: When to come back, in seconds, as an answer says it that refuses.
_AGAIN_SECONDS = 5
#: Behind one address there may be a class, each with a browser that asks for six things at a time: so many times as many wait.
_WAITING_VISITORS = 4
#: Whose requests are dear has this part of the places for each, and visitors together this part of all.
_DEAR_EACH, _DEAR_VISITORS = 8, 16


class Waiting(NamedTuple):
    """Somebody who waits for a place."""

    asker: Asker
    turn: asyncio.Future[None]


class Places:
    """The places for one kind of request; for the event loop only.

    Args:
        what: one of them, in words: `download`.
        most: how many at once in all; visitors without an account have half of them together.
        each: how many at once for each person, and for each address of visitors.
        waiting: how many may wait for each person, and four times as many for each address; ten times as many people in all,
            and visitors.
        seconds: how long somebody waits.
        debts: whose requests are dear; nobody's unless they are given.

    Attributes:
        held: how many are taken.
    """

    def __init__(
        self, what: str, most: int, each: int, waiting: int = 0, seconds: float = 0.0, debts: Debts | None = None
    ) -> None:
        self._what, self._most, self._each = what, most, each
        self._debts = debts or Debts()
        self._waiting_each, self._seconds = waiting, seconds
        self._held: Counter[Asker] = Counter()
        self._queue: list[Waiting] = []
        self._visitors = 0
        self._alarm: asyncio.TimerHandle | None = None
        self.held = 0

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._queue)

    @asynccontextmanager
    async def place(self, asker: Asker) -> AsyncIterator[None]:
        """Hold a place.

        Raises:
            TooMany: when the person, or the address, has too many.
            Unavailable: when there was none in time.
        """
        await self._take(asker)
        try:
            yield
        finally:
            self._count(asker, -1)
            self._hand_out()

    async def _take(self, asker: Asker) -> None:
        if self._is_free(asker):
            self._count(asker, 1)
            return
        if not self._may_wait(asker):
            raise self._refusal(asker)
        waiting = Waiting(asker, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._set_alarm()
        try:
            async with asyncio.timeout(self._seconds):
                await waiting.turn
        except BaseException as error:
            self._leave(waiting)
            if isinstance(error, TimeoutError):
                raise self._refusal(asker) from None
            raise

    def _leave(self, waiting: Waiting) -> None:
        if waiting in self._queue:
            self._queue.remove(waiting)
        elif waiting.turn.done() and not waiting.turn.cancelled():
            # The place came in the same moment as the end of the patience.
            self._count(waiting.asker, -1)
            self._hand_out()

    def _hand_out(self) -> None:
        while free := self._free():
            following = min(free, key=lambda one: (self._debts.is_dear(one.asker), self._held[one.asker]))
            self._queue.remove(following)
            if not following.turn.done():
                self._count(following.asker, 1)
                following.turn.set_result(None)
        self._set_alarm()

    def _free(self) -> list[Waiting]:
        """Those who wait for nothing any more; few askers may wait for very much."""
        free = {asker for asker in {waiting.asker for waiting in self._queue} if self._is_free(asker)}
        return [waiting for waiting in self._queue if waiting.asker in free] if free else []

    def _set_alarm(self) -> None:
        """Look again when the first of those is let in who wait for nothing but that a debt is forgiven."""
        if self._alarm is not None:
            self._alarm.cancel()
        pauses = [pause for asker in {one.asker for one in self._queue} if (pause := self._debts.pause(asker))]
        self._alarm = asyncio.get_running_loop().call_later(min(pauses), self._hand_out) if pauses else None

    def _is_free(self, asker: Asker) -> bool:
        # Everybody has one at least: so whoever waits for a place of their own is called when that ends.
        each = max(1, self._each // _DEAR_EACH) if self._debts.is_dear(asker) else self._each
        if self._held[asker] >= each or self.held >= self._most or self._debts.pause(asker):
            return False
        part = _DEAR_VISITORS if self._debts.is_dear(VISITORS) else 2
        return not asker.anonymous or self._visitors < max(1, self._most // part)

    def _count(self, asker: Asker, change: int) -> None:
        self.held += change
        self._visitors += change if asker.anonymous else 0
        self._held[asker] += change
        if not self._held[asker]:
            del self._held[asker]

    def _may_wait(self, asker: Asker) -> bool:
        own = sum(waiting.asker == asker for waiting in self._queue)
        alike = sum(waiting.asker.anonymous == asker.anonymous for waiting in self._queue)
        # Visitors and people do not take one another's room to wait.
        each = self._waiting_each * (_WAITING_VISITORS if asker.anonymous else 1)
        return own < each and alike < 10 * self._waiting_each

    def _refusal(self, asker: Asker) -> TooMany | Unavailable:
        if self._debts.is_dear(asker):
            whose = "this address" if asker.anonymous else "you"
            error: TooMany | Unavailable = TooMany(
                f"What {whose} asked for lately keeps HubShare busy for more than a fair share: ask for less at a time, "
                f"and try again in {_AGAIN_SECONDS} seconds or more."
            )
        elif self._held[asker] >= self._each:
            whose = "this address has" if asker.anonymous else "you have"
            error = TooMany(
                f"HubShare gives everybody {count(self._each, self._what)} at a time, and {whose} as many: let one end, "
                f"then try again, in {_AGAIN_SECONDS} seconds or more."
            )
        else:
            error = Unavailable(
                f"HubShare is busy with as many {self._what}s as it does at a time: try again in {_AGAIN_SECONDS} seconds."
            )
        error.retry_after = _AGAIN_SECONDS
        return error


async def hold_request(request: Request, caller: Caller) -> None:
    """Hold a place of those whose requests are worked on, until the route has its answer: nobody takes all threads.

    Raises:
        TooMany, Unavailable: see `Places.place`.
    """
    if hasattr(request.state, "place"):
        return
    # FastAPI closes it when the route has its answer, and goes on to send that.
    route: AsyncExitStack = request.scope["fastapi_function_astack"]
    held = request.state.place = AsyncExitStack()
    request.state.asker = asker_of(request, caller)
    route.push_async_callback(held.aclose)
    places: Places = request.app.state.places["request"]
    await held.enter_async_context(places.place(request.state.asker))


async def check_cost(request: Request) -> None:
    """Let something dear begin, unless whoever asks did too much of it lately; it comes behind `requires`.

    Raises:
        TooMany: see `Costs.check`.
    """
    costs: Costs = request.app.state.costs
    await costs.check(request.state.asker)


class takes:
    """The dependency by which a route holds a place until its answer has been sent; it comes behind `requires`.

    The place among the requests that are worked on is free from then on: this one is in its stead.

    Args:
        kind: of the places, a key of `app.state.places`.
        dear: whether whoever did too much that was dear lately has to wait.
    """

    def __init__(self, kind: str, dear: bool = False) -> None:
        self._kind, self._dear = kind, dear

    async def __call__(self, request: Request) -> AsyncIterator[None]:
        held: AsyncExitStack = request.state.place
        await held.aclose()
        asker: Asker = request.state.asker
        if self._dear:
            await check_cost(request)
        places: Places = request.app.state.places[self._kind]
        async with places.place(asker):
            request.state.in_own_place = True
            yield


def all_places(settings: CentreSettings, debts: Debts) -> dict[str, Places]:
    """The places of a process, by kind."""
    return {
        "request": Places("request", settings.requests_at_once, settings.requests_each, 100, 30.0, debts),
        # Pages bring their images with them, all at once.
        "download": Places("download", settings.downloads_at_once, settings.downloads_each, 100, 30.0),
        "archive": Places("archive", settings.archives_at_once, settings.archives_each, 20, 60.0),
        "pack": Places("pack", settings.packs_at_once, settings.packs_each, 100, 60.0),
        # Git does not come back by itself, and all of a lab may have one address.
        "clone": Places("clone", settings.clones_at_once, settings.clones_each, 250, 120.0),
        "push": Places("push", settings.pushes_at_once, settings.pushes_each, 50, 120.0),
        "upload": Places("upload", settings.uploads_at_once, settings.uploads_each, 50, 60.0),
        "stream": Places("event stream", settings.streams_at_once, settings.streams_each),
    }
