"""What is made once for several is paid by all of them, whoever asked for it first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import cast

from hubshare import metering
from hubshare.metering import Meter
from hubshare.service.web.shared_stream import SharedStreams

PIECES = 10


def test_who_goes_on_taking_it_pays_when_the_first_one_has_left(tmp_path: Path) -> None:
    async def play() -> None:
        streams, made = SharedStreams(tmp_path), list[int]()
        going_on = asyncio.Event()
        loop = asyncio.get_running_loop()

        def begin() -> Iterator[bytes]:
            for number in range(PIECES):
                made.append(number)
                metering.count(stored=1)
                yield b"x" * 1000
                if number == 0:
                    asyncio.run_coroutine_threadsafe(going_on.wait(), loop).result()

        async def first() -> Meter:
            with metering.counted() as meter:
                async with aclosing(cast(AsyncGenerator[bytes, None], streams.take("key", begin))) as pieces:
                    assert await anext(pieces)
                    started.set()
                    await leaves.wait()
            return meter

        async def second() -> tuple[Meter, int]:
            with metering.counted() as meter:
                size = 0
                async for piece in streams.take("key", begin):
                    size += len(piece)
                    joined.set()
            return meter, size

        started, leaves, joined = asyncio.Event(), asyncio.Event(), asyncio.Event()
        one = asyncio.create_task(first())
        await started.wait()
        other = asyncio.create_task(second())
        await joined.wait()
        leaves.set()
        left = await one
        going_on.set()
        stayed, size = await other
        assert size == PIECES * 1000 and made == list(range(PIECES))
        assert (left.stored, stayed.stored) == (1, PIECES - 1)
        # Nothing of it is left.
        assert streams.left == SharedStreams(tmp_path).left

    asyncio.run(play())


def test_who_take_it_together_pay_a_part_each(tmp_path: Path) -> None:
    async def play() -> None:
        streams = SharedStreams(tmp_path)

        def begin() -> Iterator[bytes]:
            for _ in range(PIECES):
                metering.count(stored=1)
                yield b"x"

        async def take() -> Meter:
            with metering.counted() as meter:
                assert b"".join([piece async for piece in streams.take("key", begin)]) == b"x" * PIECES
            return meter

        found = await asyncio.gather(take(), take())
        assert [round(meter.stored) for meter in found] == [PIECES // 2] * 2

    asyncio.run(play())
