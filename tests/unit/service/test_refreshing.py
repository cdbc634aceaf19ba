"""Answers that are believed for a while: nobody waits who comes often, and nothing is believed for longer."""

from __future__ import annotations

import asyncio

import pytest

from hubshare.errors import Unavailable
from hubshare.service.web import refreshing
from hubshare.service.web.refreshing import RefreshAheadCache


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
        assert await asyncio.gather(*(cache.get("a", hub.ask) for _ in range(5))) == [1] * 5
        assert await cache.get("b", hub.ask) == 2

    asyncio.run(play())


def test_who_asked_first_may_go_away(clock: Clock) -> None:
    async def play() -> None:
        cache, hub = RefreshAheadCache[int](2), Hub()
        hub.answers.clear()
        first, second = (asyncio.create_task(cache.get("a", hub.ask)) for _ in range(2))
        await _settle()
        first.cancel()
        hub.answers.set()
        assert await second == 1 and hub.asked == 1

    asyncio.run(play())


def test_an_answer_that_will_be_too_old_is_asked_for_anew_and_nobody_waits(clock: Clock) -> None:
    async def play() -> None:
        cache, hub = RefreshAheadCache[int](2), Hub()
        assert await cache.get("a", hub.ask) == 1
        clock.now += 1.4
        assert await cache.get("a", hub.ask) == 1 and hub.asked == 1
        clock.now += 0.2
        hub.answers.clear()
        assert await cache.get("a", hub.ask) == await cache.get("a", hub.ask) == 1
        await _settle()
        assert hub.asked == 2, "once, however many came"
        hub.answers.set()
        await _settle()
        clock.now += 1.0
        assert await cache.get("a", hub.ask) == 2 and hub.asked == 2

    asyncio.run(play())


def test_no_answer_is_believed_for_longer_than_its_time_from_when_it_was_asked_for(clock: Clock) -> None:
    async def play() -> None:
        cache, hub = RefreshAheadCache[int](2), Hub()
        hub.answers.clear()
        asking = asyncio.create_task(cache.get("a", hub.ask))
        await _settle()
        clock.now += 1.9
        hub.answers.set()
        assert await asking == 1
        clock.now += 0.1
        assert await cache.get("a", hub.ask) == 2

    asyncio.run(play())


def test_an_answer_stands_for_its_time_when_the_next_one_fails_and_then_it_fails(clock: Clock) -> None:
    async def play() -> None:
        cache, hub = RefreshAheadCache[int](2), Hub()
        assert await cache.get("a", hub.ask) == 1
        hub.fails = True
        clock.now += 1.6
        assert await cache.get("a", hub.ask) == 1
        await _settle()
        assert hub.asked == 2 and await cache.get("a", hub.ask) == 1
        clock.now += 0.4
        with pytest.raises(Unavailable):
            await cache.get("a", hub.ask)

    asyncio.run(play())


def test_what_was_on_its_way_when_all_was_forgotten_is_not_believed(clock: Clock) -> None:
    async def play() -> None:
        cache, hub = RefreshAheadCache[int](2), Hub()
        hub.answers.clear()
        before = asyncio.create_task(cache.get("a", hub.ask))
        await _settle()
        cache.clear()
        hub.answers.set()
        assert await before == 1
        assert await cache.get("a", hub.ask) == 2

    asyncio.run(play())


def test_the_oldest_answer_goes_first(clock: Clock) -> None:
    async def play() -> None:
        cache, hub = RefreshAheadCache[int](2, most=2), Hub()
        for key in ("a", "b", "a", "c"):
            await cache.get(key, hub.ask)
        assert (await cache.get("b", hub.ask), await cache.get("c", hub.ask)) == (2, 3)
        assert await cache.get("a", hub.ask) == 4

    asyncio.run(play())
