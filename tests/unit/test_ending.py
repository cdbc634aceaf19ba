"""Ending tasks: a cancellation that is lost on its way is sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

import pytest

from hubshare.ending import end


def in_a_loop(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    @wraps(test)
    def run() -> None:
        asyncio.run(test())

    return run


@in_a_loop
async def test_a_task_that_swallows_a_cancellation_ends_all_the_same() -> None:
    swallowed = asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            swallowed.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await end(task, again_seconds=0.01)
    assert swallowed.is_set() and task.cancelled()


@in_a_loop
async def test_a_cancellation_that_comes_with_the_result_of_wait_for_is_not_lost() -> None:
    """On Python 3.11 `wait_for` gives the result and forgets the cancellation; later ones do not."""

    async def reader(result: asyncio.Event) -> None:
        while True:
            await asyncio.wait_for(result.wait(), 60)
            result.clear()

    for _ in range(50):
        result = asyncio.Event()
        task = asyncio.create_task(reader(result))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        result.set()
        await asyncio.sleep(0)
        await end(task, again_seconds=0.01)
        assert task.done()


@in_a_loop
async def test_what_a_task_raises_while_it_ends_is_its_own_affair() -> None:
    async def failing() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("in the end")

    async def over() -> None:
        raise ValueError("before")

    tasks = [asyncio.create_task(failing()), asyncio.create_task(over())]
    await asyncio.sleep(0)
    await end(None, *tasks)
    assert all(task.done() for task in tasks)
    with pytest.raises(ValueError, match="in the end"):
        tasks[0].result()
