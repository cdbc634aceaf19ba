"""Answers that are believed for a while: nobody waits who comes often, and nothing is believed for longer."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import TypeAdapter

from hubshare.errors import Unavailable
from hubshare.service.web import refreshing
from hubshare.service.web.refreshing import RefreshAheadCache
from hubshare.service.web.shared_answers import Shared, SharedMemory


class Hub:
    """Somebody who is asked, and answers when it is let."""

    def __init__(self) -> None:
        self.asked, self.answers = 0, asyncio.Event()
        self.answers.set()
        self.fails = False

    async def ask(self) -> int:
        self.asked += 1
        number = self.asked
        await self.answers.wait()
        if self.fails:
            raise Unavailable("It does not answer.")
        return number


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(refreshing, "time", clock)
    return clock


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_all_who_ask_for_the_same_at_the_same_time_wait_for_one_answer() -> None:
    async def play() -> None:
        cache, hub = RefreshAheadCache[int](2), Hub()
        assert await asyncio.gather(*(cache.get(b"a", hub.ask) for _ in range(5))) == [1] * 5
        assert await cache.get(b"b", hub.ask) == 2

    asyncio.run(play())


def test_who_asked_first_may_go_away(clock: Clock) -> None:
    async def play() -> None:
        cache, hub = RefreshAheadCache[int](2), Hub()
        hub.answers.clear()
        first, second = (asyncio.create_task(cache.get(b"a", hub.ask)) for _ in range(2))
        await _settle()
        first.cancel()
        hub.answers.set()
        assert await second == 1 and hub.asked == 1

    asyncio.run(play())


def test_an_answer_that_will_be_too_old_is_asked_for_anew_and_nobody_waits(clock: Clock) -> None:
    async def play() -> None:
        cache, hub = RefreshAheadCache[int](2), Hub()
        assert await cache.get(b"a", hub.ask) == 1
        clock.now += 0.9
        assert await cache.get(b"a", hub.ask) == 1 and hub.asked == 1
        clock.now += 1.0
        hub.answers.clear()
        assert await cache.get(b"a", hub.ask) == await cache.get(b"a", hub.ask) == 1
        await _settle()
        assert hub.asked == 2, "once, however many came"
        hub.answers.set()
        await _settle()
        clock.now += 0.9
        assert await cache.get(b"a", hub.ask) == 2 and hub.asked == 2

    asyncio.run(play())


def test_no_answer_is_believed_for_longer_than_its_time_from_when_it_was_asked_for(clock: Clock) -> None:
    async def play() -> None:
        cache, hub = RefreshAheadCache[int](2), Hub()
        hub.answers.clear()
        asking = asyncio.create_task(cache.get(b"a", hub.ask))
        await _settle()
        clock.now += 1.9
        hub.answers.set()
        assert await asking == 1
        clock.now += 0.1
        assert await cache.get(b"a", hub.ask) == 2

    asyncio.run(play())


def test_an_answer_stands_for_its_time_when_the_next_one_fails_and_then_it_fails(clock: Clock) -> None:
    async def play() -> None:
        cache, hub = RefreshAheadCache[int](2), Hub()
        assert await cache.get(b"a", hub.ask) == 1
        hub.fails = True
        clock.now += 1.9
        assert await cache.get(b"a", hub.ask) == 1
        await _settle()
        assert hub.asked == 2 and await cache.get(b"a", hub.ask) == 1
        clock.now += 0.1
        with pytest.raises(Unavailable):
            await cache.get(b"a", hub.ask)

    asyncio.run(play())


def test_what_was_on_its_way_when_all_was_forgotten_is_not_believed(clock: Clock) -> None:
    async def play() -> None:
        cache, hub = RefreshAheadCache[int](2), Hub()
        hub.answers.clear()
        before = asyncio.create_task(cache.get(b"a", hub.ask))
        await _settle()
        cache.clear()
        hub.answers.set()
        assert await before == 1
        assert await cache.get(b"a", hub.ask) == 2

    asyncio.run(play())


def test_the_oldest_answer_goes_first(clock: Clock) -> None:
    async def play() -> None:
        cache, hub = RefreshAheadCache[int](2, most=2), Hub()
        for key in (b"a", b"b", b"a", b"c"):
            await cache.get(key, hub.ask)
        assert (await cache.get(b"b", hub.ask), await cache.get(b"c", hub.ask)) == (2, 3)
        assert await cache.get(b"a", hub.ask) == 4

    asyncio.run(play())


def two_processes() -> tuple[RefreshAheadCache[int], RefreshAheadCache[int]]:
    shared = Shared[int](SharedMemory(), "number", TypeAdapter(int))
    return RefreshAheadCache[int](2, shared=shared), RefreshAheadCache[int](2, shared=shared)


def test_what_one_process_was_told_another_one_does_not_ask_for(clock: Clock) -> None:
    async def play() -> None:
        (one, other), hub = two_processes(), Hub()
        assert await one.get(b"a", hub.ask) == 1
        clock.now += 1.0
        assert await other.get(b"a", hub.ask) == 1 and hub.asked == 1
        assert await other.get(b"b", hub.ask) == 2
        # It is believed from when the other one asked for it.
        clock.now += 1.0
        assert await other.get(b"a", hub.ask) == 3
        # And the one takes what the other has newly asked for, also before its own is over.
        assert await one.get(b"a", hub.ask) == 3 and hub.asked == 3

    asyncio.run(play())


def test_what_comes_often_is_asked_for_anew_by_one_process_for_all(clock: Clock) -> None:
    async def play() -> None:
        (one, other), hub = two_processes(), Hub()
        assert (await one.get(b"a", hub.ask), await other.get(b"a", hub.ask)) == (1, 1)
        clock.now += 1.9
        assert await one.get(b"a", hub.ask) == 1
        await _settle()
        assert (await one.get(b"a", hub.ask), await other.get(b"a", hub.ask)) == (2, 2) and hub.asked == 2

    asyncio.run(play())


def test_what_another_process_was_told_before_all_was_forgotten_is_not_believed(clock: Clock) -> None:
    async def play() -> None:
        (one, other), hub = two_processes(), Hub()
        assert await one.get(b"a", hub.ask) == 1
        hub.answers.clear()
        late = asyncio.create_task(one.get(b"b", hub.ask))
        await _settle()
        other.clear(epoch=1)
        hub.answers.set()
        assert await late == 2
        # The one has not heard yet that all is to be forgotten.
        assert (await other.get(b"a", hub.ask), await other.get(b"b", hub.ask)) == (3, 4)

    asyncio.run(play())
