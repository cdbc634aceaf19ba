"""The feed is everybody's: one person who fills it pushes out nobody else's events, and what has gone is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from hubshare.bus import feed as feed_log
from hubshare.bus.bus import Bus
from hubshare.bus.deliveries import Announce
from hubshare.bus.keys import FEED
from hubshare.client import Client
from hubshare.errors import Invalid
from hubshare.store.models import Project
from hubshare.testing.centre import TestCentre
from tests.helpers.git_client import GitUser, project_of


@pytest.fixture
def bus(centre: TestCentre, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    """The bus, with a feed that is empty and takes a hundred events."""
    monkeypatch.setattr(feed_log, "ENTRIES", 100)
    redis = centre.centre.bus.redis

    def clear() -> None:
        for key in redis.keys("hubshare:feed*"):
            redis.delete(key)

    clear()
    yield centre.centre.bus
    clear()


@pytest.fixture(scope="module")
def people(centre: TestCentre, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Project]:
    """A project of vera that everybody may read, and a private one of mallory."""
    vera, mallory = (GitUser(tmp_path_factory.mktemp("git"), centre, user) for user in ("vera", "mallory"))
    names = {"vera": vera.create(visibility="hub"), "mallory": mallory.create()}
    return {user: project_of(centre, name) for user, name in names.items()}


def tell(bus: Bus, project: Project, numbers: range) -> None:
    event = {"type": "project", "project": project.full_name}
    bus.send([Announce(project.id, {**event, "number": number}) for number in numbers])


def heard(centre: TestCentre, path: str, user: str, last: str, until: int) -> list[dict[str, Any]]:
    """What a stream tells that is taken up, up to the event with a number."""
    found: list[dict[str, Any]] = []
    with ExitStack() as stack:
        headers = {"Authorization": f"token {user}", "Last-Event-ID": last}
        address = f"{centre.url}api/v1/{f'projects/{path}/' if path else ''}events"
        lines = stack.enter_context(httpx.stream("GET", address, headers=headers, timeout=30)).iter_lines()
        while not found or found[-1].get("number") != until:
            if (line := next(lines)).startswith("data: "):
                found.append(json.loads(line.removeprefix("data: ")))
    return found


def newest(bus: Bus) -> str:
    return str(bus.redis.xrevrange(FEED, count=1)[0][0].decode())


def test_somebody_who_fills_the_feed_pushes_out_nobody_elses(
    centre: TestCentre, bus: Bus, people: dict[str, Project]
) -> None:
    tell(bus, people["vera"], range(1))
    last = newest(bus)
    tell(bus, people["vera"], range(1, 40))
    tell(bus, people["mallory"], range(1000, 1500))
    tell(bus, people["vera"], range(40, 45))
    assert bus.redis.xlen(FEED) == 100
    told = heard(centre, people["vera"].full_name, "eva", last, 44)
    assert [event.get("number") for event in told] == list(range(1, 45)), "all, and nothing is said to be missed"
    told = heard(centre, "", "eva", last, 44)
    assert [event.get("number") for event in told] == list(range(1, 45)), "nor is anything said of a private project"


def test_who_has_most_loses_the_oldest_and_is_told(centre: TestCentre, bus: Bus, people: dict[str, Project]) -> None:
    tell(bus, people["mallory"], range(1))
    last = newest(bus)
    tell(bus, people["mallory"], range(1, 301))
    tell(bus, people["vera"], range(1000, 1001))
    name = people["mallory"].full_name
    for path in (name, ""):
        told = heard(centre, path, "mallory", last, 300)
        assert told[0] == {"type": "missed", "project": name}
        assert [event["number"] for event in told[1:]] == list(range(202, 301))
    with Client(centre.url, "mallory") as client:
        first = next(iter(client.project_events(name, last=last)))
        assert (first.type, first.project, first.id) == ("missed", name, last)


def test_who_was_away_while_redis_forgot_everything_is_told(
    centre: TestCentre, bus: Bus, people: dict[str, Project]
) -> None:
    tell(bus, people["vera"], range(1))
    told = heard(centre, "", "eva", "1000-0", 0)
    assert told == [{"type": "missed", "project": ""}, told[-1]]
    told = heard(centre, people["vera"].full_name, "eva", "1000-0", 0)
    assert told[0] == {"type": "missed", "project": people["vera"].full_name}


def test_who_begins_at_the_beginning_is_told_of_a_gap_only_where_there_is_one(
    centre: TestCentre, bus: Bus, people: dict[str, Project]
) -> None:
    tell(bus, people["vera"], range(3))
    for begin in ("0-0", "0"):
        for path in ("", people["vera"].full_name):
            told = heard(centre, path, "eva", begin, 2)
            assert [event.get("number") for event in told] == [0, 1, 2], "nothing is said to be missed"
    tell(bus, people["vera"], range(3, 150))
    told = heard(centre, people["vera"].full_name, "eva", "0-0", 149)
    assert told[0] == {"type": "missed", "project": people["vera"].full_name} and told[1]["number"] == 50


def test_what_is_no_place_is_refused_in_words(centre: TestCentre) -> None:
    with Client(centre.url, "eva") as client:
        for wrong in ("yesterday", "-1", "1-2-3", "9" * 20):
            with pytest.raises(Invalid, match=r"is no place in a stream of events.*behind 0 for all"):
                next(iter(client.subscribe(after=wrong)))


def test_the_feed_of_an_older_hubshare_is_taken_over(bus: Bus, people: dict[str, Project]) -> None:
    for number in range(150):
        owner = people["mallory" if number % 3 else "vera"]
        event = json.dumps({"type": "project", "project": owner.full_name, "number": number})
        bus.redis.xadd(FEED, {"project": owner.id, "event": event, "user": ""})
    tell(bus, people["mallory"], range(1000, 1100))
    kept = [json.loads(fields[b"event"])["project"] for _, fields in bus.redis.xrange(FEED)]
    assert kept.count(people["vera"].full_name) == 50 and len(kept) == 100
