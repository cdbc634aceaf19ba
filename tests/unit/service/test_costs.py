"""What it takes to answer a request counts for whoever asked, in whichever thread it is done."""

from __future__ import annotations

import asyncio
import gc
import time
import weakref
from collections.abc import Awaitable, Iterator
from typing import cast

import httpx
import pytest
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
        self.paced = 0.0

    def add(self, asker: Asker, meter: Meter, paced: float) -> None:
        assert asker == ALICE
        self.meters.append(meter)
        self.paced += paced


def compute() -> None:
    began = time.thread_time()
    while time.thread_time() - began < SECONDS:
        pass


def answered(path: str, in_own_place: bool = False) -> Noted:
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
        request.state.in_own_place = in_own_place

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
    return noted


def answering(path: str) -> float:
    noted = answered(path)
    (meter,) = noted.meters
    assert noted.paced == meter.answering
    # Nobody's account tells it: who turns pages is not one whose saves are dear.
    assert meter.seconds == 0 and meter.cost == 0
    return meter.answering


def test_the_thread_of_a_route_and_its_steps_in_the_loop_count_and_what_the_loop_does_for_others_does_not() -> None:
    assert answering("/in-a-thread") >= SECONDS
    assert answering("/in-the-loop") >= SECONDS
    assert answering("/beside") < SECONDS


def test_what_an_answer_costs_that_goes_on_for_long_counts_while_it_goes_on() -> None:
    found = [meter.seconds for meter in answered("/stream").meters]
    assert sum(found) >= 12 * SECONDS
    assert len(found) >= 3 and max(found) < 6 * SECONDS


def test_the_next_request_waits_for_little_of_one_with_a_place_of_its_own() -> None:
    assert answered("/stream").paced >= 12 * SECONDS
    assert 0 < answered("/stream", in_own_place=True).paced <= 0.1


class _Held:
    """What a request holds."""


def test_what_is_broken_off_on_the_way_ends_and_is_not_held_by_its_measuring() -> None:
    ended, held = list[str](), list[weakref.ref[_Held]]()

    async def work(waits: bool = False) -> None:
        large = _Held()
        held.append(weakref.ref(large))
        try:
            await asyncio.Event().wait()
        finally:
            if waits:
                await asyncio.sleep(0)
            ended.append("ended")

    async def closing() -> None:
        try:
            await asyncio.sleep(0)
        finally:
            ended.append("closed")

    async def play() -> None:
        with metering.counted() as meter:
            task = asyncio.ensure_future(_awaited(metering.steps_timed(work())))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()
            del task
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.001):
                    await metering.steps_timed(asyncio.Event().wait())
            with pytest.raises(ExceptionGroup):
                async with asyncio.TaskGroup() as group:
                    group.create_task(_awaited(metering.steps_timed(work(waits=True))))
                    group.create_task(failing())
            assert 0 < meter.answering < 1
        closed = metering.steps_timed(closing())
        closed.send(None)
        closed.close()

    async def failing() -> None:
        await asyncio.sleep(0)
        raise ValueError

    gc.collect()
    gc.disable()
    try:
        asyncio.run(play())
        assert ended == ["ended", "ended", "closed"]
        assert held[0]() is None
    finally:
        gc.enable()


async def _awaited(work: Awaitable[None]) -> None:
    await work
