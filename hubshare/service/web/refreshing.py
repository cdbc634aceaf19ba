"""Answers that are believed for a while, and asked for anew before that is over: whoever comes often waits for none."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Generic, NamedTuple, TypeVar

from hubshare.service.web.shared_answers import Shared

Value = TypeVar("Value")

#: After a part of its time between these an answer is asked for anew, if somebody comes. What was asked for by a whole class at
#: the same time would else be asked for at the same time for ever, and all would wait for it.
_DUE_FIRST, _DUE_LAST = 0.5, 0.9


class _Answer(NamedTuple, Generic[Value]):
    """An answer.

    Args:
        asked: when it was asked for, by `time.monotonic`.
        due: when it is asked for anew.
    """

    asked: float
    due: float
    value: Value


class RefreshAheadCache(Generic[Value]):
    """For the event loop only. However many ask for the same at the same time, it is asked for once.

    Args:
        seconds: for how long an answer is believed, from when it was asked for.
        most: answers that are kept; the oldest go first.
        shared: where the answers of other processes are.
    """

    def __init__(self, seconds: float, most: int = 10_000, shared: Shared[Value] | None = None) -> None:
        self._seconds, self._most, self._shared = seconds, most, shared
        self._answers: dict[bytes, _Answer[Value]] = {}
        self._asking: dict[bytes, asyncio.Task[Value]] = {}
        self._epoch = 0

    async def get(self, key: bytes, ask: Callable[[], Awaitable[Value]]) -> Value:
        """The answer for a key.

        Args:
            ask: how to get it. What it raises is raised for those who wait for it; an answer that is still believed stands.
        """
        known, at = self._answers.get(key), time.monotonic()
        if known is None or at >= known.due:
            known = self._look_around(key, known)
        if known is None or at - known.asked >= self._seconds:
            # Who asked first may go away; others wait for the same.
            return await asyncio.shield(self._ask(key, ask))
        if at >= known.due:
            self._ask(key, ask)
        return known.value

    def clear(self, epoch: int = 0) -> None:
        """Forget all answers, also those that are on their way, and those that other processes got in another epoch."""
        self._answers.clear()
        self._asking.clear()
        self._epoch = epoch

    def _look_around(self, key: bytes, known: _Answer[Value] | None) -> _Answer[Value] | None:
        """The newest answer that is known here or to another process."""
        found = self._shared.get(key, self._epoch) if self._shared else None
        if found is None or (known is not None and found[0] <= known.asked):
            return known
        return self._keep(key, *found)

    def _keep(self, key: bytes, asked: float, value: Value) -> _Answer[Value]:
        due = asked + self._seconds * random.uniform(_DUE_FIRST, _DUE_LAST)  # noqa: S311
        answer = _Answer(asked, due, value)
        self._answers.pop(key, None)
        while len(self._answers) >= self._most:
            del self._answers[next(iter(self._answers))]
        self._answers[key] = answer
        return answer

    def _ask(self, key: bytes, ask: Callable[[], Awaitable[Value]]) -> asyncio.Task[Value]:
        task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = asyncio.create_task(self._answer(key, ask))
            task.add_done_callback(lambda done: self._end(key, done))
        return task

    async def _answer(self, key: bytes, ask: Callable[[], Awaitable[Value]]) -> Value:
        asked = time.monotonic()
        value = await ask()
        if self._asking.get(key) is asyncio.current_task():
            self._keep(key, asked, value)
            if self._shared:
                self._shared.put(key, self._epoch, asked, value)
        return value

    def _end(self, key: bytes, task: asyncio.Task[Value]) -> None:
        if self._asking.get(key) is task:
            del self._asking[key]
        if not task.cancelled():
            # What nobody waited for is asked for again by whoever comes next.
            task.exception()
