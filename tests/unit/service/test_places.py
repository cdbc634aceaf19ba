"""Places: a few at a time for each, for visitors together and in all; and patience with the other side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from hubshare.errors import TooMany, Unavailable
from hubshare.operations.asker import Asker
from hubshare.operations.caller import NOBODY, Caller, Person
from hubshare.service.web.asker import asker_of
from hubshare.service.web.debts import Debts
from hubshare.service.web.making import Making
from hubshare.service.web.patience import Patience
from hubshare.service.web.places import Places
from hubshare.store.access.actions import Action

ALICE, BOB = Asker("alice", False), Asker("bob", False)


def visitor(number: int) -> Asker:
    return Asker(f"192.0.2.{number}", True)


async def settle() -> None:
    """Let all others go on as far as they can."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_each_person_has_so_many_and_is_told_when_to_come_back() -> None:
    async def play() -> None:
        places = Places("download", 10, 2)
        async with places.place(ALICE), places.place(ALICE), places.place(BOB):
            with pytest.raises(TooMany, match="2 downloads at a time") as refused:
                async with places.place(ALICE):
                    pass
            assert refused.value.retry_after == 5
        async with places.place(ALICE):
            assert places.held == 1

    asyncio.run(play())


def test_visitors_together_have_half_and_people_the_rest() -> None:
    async def play() -> None:
        places = Places("download", 6, 2)
        async with AsyncExitStack() as stack:
            for number in range(3):
                await stack.enter_async_context(places.place(visitor(number)))
            with pytest.raises(Unavailable):
                await stack.enter_async_context(places.place(visitor(9)))
            for asker in (ALICE, ALICE, BOB):
                await stack.enter_async_context(places.place(asker))
            assert places.held == 6
            with pytest.raises(Unavailable, match="try again in 5 seconds"):
                await stack.enter_async_context(places.place(Asker("carol", False)))

    asyncio.run(play())


def test_of_those_who_wait_whoever_has_least_is_next() -> None:
    async def play() -> None:
        places, served = Places("clone", 3, 3, 10, 60.0), list[str]()

        async def ask(asker: Asker, ends: asyncio.Event) -> None:
            async with places.place(asker):
                served.append(asker.name)
                await ends.wait()

        first, rest = asyncio.Event(), asyncio.Event()
        tasks = [asyncio.create_task(ask(ALICE, first if not number else rest)) for number in range(8)]
        await settle()
        tasks.append(asyncio.create_task(ask(BOB, rest)))
        await settle()
        assert (served, places.waiting) == (["alice"] * 3, 6)
        first.set()
        await settle()
        assert served == ["alice"] * 3 + ["bob"]
        rest.set()
        await asyncio.gather(*tasks)
        assert places.held == places.waiting == 0

    asyncio.run(play())


def test_who_goes_away_while_waiting_is_not_waited_for() -> None:
    async def play() -> None:
        places = Places("clone", 2, 1, 10, 60.0)

        async def ask(ends: asyncio.Event) -> None:
            async with places.place(ALICE):
                await ends.wait()

        ends = asyncio.Event()
        tasks = [asyncio.create_task(ask(ends)) for _ in range(3)]
        await settle()
        tasks[1].cancel()
        await settle()
        assert (places.held, places.waiting) == (1, 1)
        # In the same moment as the place comes.
        ends.set()
        await settle()
        tasks[2].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert (places.held, places.waiting) == (0, 0)

    asyncio.run(play())


def test_waiting_ends_and_so_does_the_room_to_wait() -> None:
    async def play() -> None:
        places = Places("clone", 2, 1, 2, 0.01)
        async with places.place(ALICE):
            found = await asyncio.gather(*(places._take(ALICE) for _ in range(3)), return_exceptions=True)
            assert [type(error) for error in found] == [TooMany] * 3
            assert (places.held, places.waiting) == (1, 0)

    asyncio.run(play())


def test_what_many_ask_for_at_once_is_made_once_and_somebody_elses_share_stops_nobody() -> None:
    async def play() -> None:
        places, made = Places("pack", 2, 1), list[int]()
        making = Making(places, 2)
        asked = [making.once("same", asker, lambda: made.append(1) or 7) for asker in (ALICE, BOB, visitor(1))]
        assert await asyncio.gather(*asked) == [7, 7, 7]
        assert made == [1]
        async with places.place(ALICE):
            found = await asyncio.gather(
                *(making.once("other", asker, lambda: 8) for asker in (ALICE, BOB)), return_exceptions=True
            )
        assert isinstance(found[0], TooMany) and found[1] == 8

    asyncio.run(play())


# who asks


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("no address at all", "no address at all"),
    ],
)
def test_a_visitor_is_an_address_and_a_network_where_the_visitor_may_choose_it(host: str, name: str) -> None:
    request = Request({"type": "http", "headers": [], "client": (host, 1)})
    assert asker_of(request, Caller(Action.READ, NOBODY)) == Asker(name, True)
    assert asker_of(request, Caller(Action.READ, Person("alice"))) == ALICE


# patience


async def answered(app: Callable[[Scope, Receive, Send], Awaitable[None]], receive: Receive, send: Send) -> None:
    async with asyncio.timeout(30):
        await Patience(app, stall=0.05, slowest=1 << 30)({"type": "http", "path": "/x"}, receive, send)


def test_an_answer_that_nobody_takes_ends_and_what_it_held_is_free() -> None:
    freed = list[str]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await send({"type": "http.response.body", "body": b"x"})
        finally:
            freed.append("place")

    async def never(message: Message) -> None:
        await asyncio.Event().wait()

    async def nothing() -> Message:
        return {"type": "http.request"}

    asyncio.run(answered(app, nothing, never))
    assert freed == ["place"]


def test_a_request_that_nobody_sends_ends_but_waiting_for_us_is_no_fault() -> None:
    seen = list[str]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            while (await receive()).get("more_body"):
                pass
            seen.append("complete")
            # What we take our time for, and a connection that stays open meanwhile.
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await receive()
            await send({"type": "http.response.body", "body": b"x"})
        finally:
            seen.append("ended")

    async def taken(message: Message) -> None:
        seen.append("answered")

    def client(*messages: Message) -> Receive:
        left = list(messages)

        async def receive() -> Message:
            if left:
                return left.pop(0)
            await asyncio.Event().wait()
            raise AssertionError

        return receive

    piece: Message = {"type": "http.request", "body": b"x", "more_body": True}
    asyncio.run(answered(app, client(piece), taken))
    assert seen == ["ended"]
    asyncio.run(answered(app, client(piece, {"type": "http.request", "body": b"", "more_body": False}), taken))
    assert seen == ["ended", "complete", "answered", "ended"]


class Clock:
    """A clock that stands still."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_visitors_whose_requests_are_dear_leave_nearly_everything_to_people_until_that_is_forgiven() -> None:
    async def play() -> None:
        clock = Clock()
        debts = Debts(clock)
        places = Places("request", 32, 8, debts=debts)
        # None of them did much, and all of them together did.
        for number in range(24):
            debts.add(visitor(number), 0.1)
        assert not debts.is_dear(visitor(1))
        async with AsyncExitStack() as stack:
            for number in range(2):
                await stack.enter_async_context(places.place(visitor(number)))
            with pytest.raises(Unavailable):
                await stack.enter_async_context(places.place(visitor(9)))
            for asker in [ALICE] * 8 + [BOB] * 8:
                await stack.enter_async_context(places.place(asker))
            clock.now += 10
            for number in range(2, 16):
                await stack.enter_async_context(places.place(visitor(number)))
            with pytest.raises(Unavailable):
                await stack.enter_async_context(places.place(visitor(16)))

    asyncio.run(play())


def test_who_was_dear_has_fewer_places_and_waits_behind_others() -> None:
    async def play() -> None:
        clock, served = Clock(), list[str]()
        debts = Debts(clock)
        places = Places("request", 3, 8, 10, 60.0, debts)
        debts.add(ALICE, 2.0)

        async def ask(asker: Asker, ends: asyncio.Event) -> None:
            async with places.place(asker):
                served.append(asker.name)
                await ends.wait()

        first, rest = asyncio.Event(), asyncio.Event()
        carol = Asker("carol", False)
        tasks = [asyncio.create_task(ask(carol, first)) for _ in range(3)]
        await settle()
        tasks += [asyncio.create_task(ask(asker, rest)) for asker in (ALICE, ALICE, ALICE, BOB, BOB)]
        await settle()
        first.set()
        await settle()
        assert served[3:] == ["bob", "bob", "alice"]
        rest.set()
        await asyncio.gather(*tasks)
        assert served[6:] == ["alice", "alice"] and not places.held

    asyncio.run(play())


def test_whose_requests_are_dear_is_let_in_no_faster_than_that_is_forgiven_and_others_do_not_wait_for_it() -> None:
    async def play() -> None:
        clock, let_in = Clock(), asyncio.Event()
        debts = Debts(clock)
        places = Places("request", 4, 2, 10, 60.0, debts)
        # Half a processor is everybody's, and some more for a while: these are 0.1 s above that.
        debts.add(ALICE, 2.55)

        async def ask() -> None:
            async with places.place(ALICE):
                let_in.set()

        task = asyncio.create_task(ask())
        await settle()
        async with places.place(BOB):
            assert places.held == 1 and places.waiting == 1
        assert not let_in.is_set()
        clock.now += 0.11
        # Nobody asks, and nobody's request ends meanwhile.
        await asyncio.wait_for(let_in.wait(), 30)
        await task

    asyncio.run(play())


def test_however_dear_it_was_whoever_waits_is_let_in_before_patience_ends() -> None:
    debts = Debts(Clock())
    debts.add(ALICE, 3600.0)
    assert 0 < debts.pause(ALICE) < 30
    assert debts.pause(BOB) == 0


def test_debts_of_ever_new_addresses_take_bounded_memory_and_the_largest_stay_known() -> None:
    debts = Debts(Clock())
    debts.add(ALICE, 60.0)
    for number in range(30_000):
        debts.add(Asker(str(number), True), 0.001)
    assert len(debts._dear) <= 10_000 and len(debts._paced) <= 10_000
    assert debts.is_dear(ALICE) and debts.pause(ALICE)
