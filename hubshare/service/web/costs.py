"""Costs: what requests cost is counted where it arises, and goes to the account of whoever made them."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from inspect import iscoroutinefunction

import redis
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hubshare import metering
from hubshare.centre import Centre
from hubshare.errors import TooMany
from hubshare.metering import Meter
from hubshare.operations.asker import Asker
from hubshare.operations.costs import own_debt
from hubshare.service.web.debts import Debts

log = logging.getLogger(__name__)

#: How often accounts are written, in seconds: most requests cost too little for a round trip of their own.
_EVERY_SECONDS = 1.0
#: What an answer that goes on has cost is counted when it is more than so many seconds. Of one with a place of its own the next
#: request waits for no more than that.
_AT_A_TIME = 0.1
#: When to come back at the latest, in seconds.
_AGAIN_MOST = 60.0


class Costs:
    """What the requests of this process have cost since the accounts were written last; for the event loop only.

    Attributes:
        debts: whose requests to this process have lately been dear.
    """

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self.debts = Debts()
        self._spent: defaultdict[str, Meter] = defaultdict(Meter)

    def add(self, asker: Asker, meter: Meter, paced: float) -> None:
        """Count something for a person, or for an address of visitors.

        Args:
            paced: for how many seconds of it the next request waits; see `Debts.add`.
        """
        self._spent[asker.name].add(meter)
        self.debts.add(asker, meter.seconds + meter.answering, paced)

    async def run_forever(self) -> None:
        """Write accounts, for ever; what a Redis that does not answer was to be told is forgotten."""
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            await self.write()

    async def write(self) -> None:
        """Write the accounts."""
        spent, self._spent = self._spent, defaultdict(Meter)
        if spent:
            await run_in_threadpool(self._write, spent)

    def _write(self, spent: dict[str, Meter]) -> None:
        try:
            for person, meter in spent.items():
                metering.charge(self._centre.bus.redis, person, meter)
        except redis.RedisError as error:
            log.warning("what requests cost is not on the accounts of %d people: %s", len(spent), error)

    async def check(self, asker: Asker) -> None:
        """Let something dear begin, unless there was too much of it.

        Raises:
            TooMany: when it waits until some of that is forgiven.
        """
        most = self._centre.settings.max_cost_seconds
        if most <= 0:
            return
        over = await run_in_threadpool(own_debt, self._centre, asker.name) - most
        if over > 0:
            whose = "this address" if asker.anonymous else "you"
            error = TooMany(
                f"What {whose} did lately keeps the Hub busy for {over + most:,.0f} s more than a fair share: "
                f"try again in {min(over, _AGAIN_MOST):,.0f} seconds or more."
            )
            error.retry_after = max(1, round(min(over, _AGAIN_MOST)))
            raise error


def count_routes(app: FastAPI) -> None:
    """Have the threads in which routes are worked on count for whoever asks."""
    for route in iter_route_contexts(app.routes):
        # FastAPI makes one for each inclusion, which integrations may wrap.
        if isinstance(route.original_route, APIRoute) and not iscoroutinefunction(call := route.dependant.call):
            route.dependant.call = metering.answering(call)


class Metered:
    """Counts for each request, while its answer is sent; whoever finds out who asks says for whom, in `asker` of its state.

    Args:
        app: what answers.
        costs: take what was counted.
    """

    def __init__(self, app: ASGIApp, costs: Costs) -> None:
        self._app, self._costs = app, costs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with metering.counted() as meter:

            def add(goes_on: bool = False) -> None:
                state, cost = scope.get("state", {}), meter.seconds + meter.answering
                if not (asker := state.get("asker")) or (goes_on and cost < _AT_A_TIME):
                    return
                paced = cost
                if state.get("in_own_place"):
                    paced = 0.0 if goes_on else min(cost, _AT_A_TIME)
                self._costs.add(asker, meter.take(), paced)

            async def told(message: Message) -> None:
                await send(message)
                # What a stream costs in hours is not owed in the moment in which it ends.
                add(goes_on=True)

            try:
                await metering.steps_timed(self._app(scope, receive, told))
            finally:
                add()
