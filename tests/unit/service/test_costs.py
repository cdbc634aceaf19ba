"""What it takes to answer a request counts for whoever asked, in whichever thread it is done."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import cast

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from hubshare import metering
from hubshare.metering import Meter
from hubshare.operations.asker import Asker
from hubshare.service.web.costs import Costs, Metered, count_routes

ALICE = Asker("alice", False)
SECONDS = 0.03


class Noted:
    """Takes what is counted."""

    def __init__(self) -> None:
        self.meters: list[Meter] = []

    def add(self, asker: Asker, meter: Meter) -> None:
        assert asker == ALICE
        self.meters.append(meter)


def compute() -> None:
    began = time.thread_time()
    while time.thread_time() - began < SECONDS:
        pass


def answered(path: str) -> list[Meter]:
    app, noted = FastAPI(), Noted()

    @app.get("/in-a-thread")
    def in_a_thread(request: Request) -> str:
        request.state.asker = ALICE
        compute()
        return "done"

    @app.get("/in-the-loop")
    async def in_the_loop(request: Request) -> str:
        request.state.asker = ALICE
        compute()
        return "done"

    @app.get("/beside")
    async def beside(request: Request) -> str:
        request.state.asker = ALICE
        # The loop works for somebody else meanwhile.
        await asyncio.create_task(asyncio.to_thread(time.sleep, 0.001))
        asyncio.get_running_loop().call_soon(compute)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return "done"

    @app.get("/stream")
    async def stream(request: Request) -> StreamingResponse:
        request.state.asker = ALICE

        def pieces() -> Iterator[bytes]:
            yield b'"do'
            for _ in range(12):
                compute()
                yield b""
            yield b'ne"'

        return StreamingResponse(metering.each_timed(pieces()), media_type="application/json")

    app.add_middleware(Metered, costs=cast(Costs, noted))
    count_routes(app)

    async def ask() -> None:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            assert (await client.get(path)).json() == "done"

    asyncio.run(ask())
    return noted.meters


def answering(path: str) -> float:
    (meter,) = answered(path)
    # Nobody's account tells it: who turns pages is not one whose saves are dear.
    assert meter.seconds == 0 and meter.cost == 0
    return meter.answering


def test_the_thread_of_a_route_and_its_steps_in_the_loop_count_and_what_the_loop_does_for_others_does_not() -> None:
    assert answering("/in-a-thread") >= SECONDS
    assert answering("/in-the-loop") >= SECONDS
    assert answering("/beside") < SECONDS


def test_what_an_answer_costs_that_goes_on_for_long_counts_while_it_goes_on() -> None:
    found = [meter.seconds for meter in answered("/stream")]
    assert sum(found) >= 12 * SECONDS
    assert len(found) >= 3 and max(found) < 6 * SECONDS
