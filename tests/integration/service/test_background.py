"""What runs beside the requests goes on, whatever it meets."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest
import redis

from hubshare.bus.bus import Bus
from hubshare.bus.deliveries import Announce
from hubshare.bus.keys import FEED
from hubshare.config import MIB, CentreSettings
from hubshare.errors import Unavailable
from hubshare.service.background import feed as module
from hubshare.service.background.feed import Feed
from hubshare.service.background.groups import Groups


@pytest.fixture
def bus(redis_client: redis.Redis, redis_url: str) -> Bus:
    return Bus(redis_url)


@pytest.fixture
def feed(bus: Bus, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Feed:
    monkeypatch.setattr(module, "_BLOCK_MS", 50)
    monkeypatch.setattr(module, "_PAUSE_SECONDS", 0.01)
    centre: Any = SimpleNamespace(
        settings=CentreSettings.model_validate({"redis_url": redis_url}), bus=bus, database=None
    )
    return Feed(centre)


async def heard(feed: Feed, *steps: Any) -> list[str]:
    """The projects that a listener hears of, one after each step."""
    feed._cursor = "0-0"
    queue, task = feed.attach(), asyncio.create_task(feed.run_forever())
    found = []
    try:
        for step in steps:
            await asyncio.to_thread(step)
            async with asyncio.timeout(20):
                item = await queue.get()
            assert item is not None
            found.append(item.project)
    finally:
        task.cancel()
    return found


def test_listeners_hear_what_happens_after_a_clock_that_was_ahead_was_set_back(feed: Feed, bus: Bus) -> None:
    event: dict[Any, Any] = {"project": "first", "event": "{}", "user": ""}

    def begin_anew() -> None:
        bus.redis.delete(FEED)
        bus.announce("second", {})

    steps = [lambda: bus.redis.xadd(FEED, event, id="9999999999999-0"), begin_anew]
    assert asyncio.run(heard(feed, *steps)) == ["first", "second"]


def test_an_entry_that_cannot_be_read_ends_no_stream(feed: Feed, bus: Bus) -> None:
    def announce() -> None:
        bus.redis.xadd(FEED, {"nothing": "of use"})
        bus.announce("first", {})

    assert asyncio.run(heard(feed, announce)) == ["first"]


def test_whatever_is_published_the_feed_takes_little_of_redis(bus: Bus) -> None:
    event = {"type": "version", "project": "alice/course", "number": 7, "commit": "a" * 40, "summary": "x" * 65_000}
    for _ in range(22):
        bus.send([Announce("p", event)] * 500)
    assert 10_000 <= bus.redis.xlen(FEED) <= 10_200
    assert bus.redis.memory_usage(FEED, samples=0) < 12 * MIB
    (_, fields) = bus.redis.xrevrange(FEED, count=1)[0]
    told = json.loads(fields[b"event"])
    assert told == event | {"summary": "x" * 500 + " …"}
    bus.announce("p", event | {f"more {number}": "y" * 400 for number in range(100)})
    (_, fields) = bus.redis.xrevrange(FEED, count=1)[0]
    assert json.loads(fields[b"event"]) == {name: event[name] for name in ("type", "project", "number", "commit")}


def test_a_group_that_the_hub_cannot_answer_for_keeps_no_other_from_being_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    groups = Groups(SimpleNamespace(), SimpleNamespace())  # type: ignore[arg-type]
    asked = []

    async def refresh(group: str) -> bool:
        asked.append(group)
        if group == "broken":
            raise Unavailable("The Hub does not answer.")
        if group == "odd":
            raise ValueError(group)
        return True

    monkeypatch.setattr(groups, "refresh", refresh)
    asyncio.run(groups.refresh_all(["broken", "odd", "physics"]))
    assert asked == ["broken", "odd", "physics"]
