"""Event streams: everybody has a few, and what was missed is not held at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from hubshare.service.background.feed import Feed
from hubshare.testing.centre import TestCentre, wait_until
from tests.helpers.git_client import GitUser, project_of


@pytest.fixture(scope="module")
def project(centre: TestCentre, tmp_path_factory: pytest.TempPathFactory) -> str:
    return GitUser(tmp_path_factory.mktemp("git"), centre, "dora").create(visibility="public")


def listening(stack: ExitStack, centre: TestCentre, project: str, user: str, last: str = "") -> httpx.Response:
    headers = {"Authorization": f"token {user}"} if user else {"X-Forwarded-For": "198.51.100.7"}
    headers |= {"Last-Event-ID": last} if last else {}
    address = f"{centre.url}api/v1/projects/{project}/events"
    return stack.enter_context(httpx.stream("GET", address, headers=headers, timeout=30))


def test_everybody_has_so_many_streams_and_nobody_keeps_others_out(centre: TestCentre, project: str) -> None:
    places, each = centre.app.state.places["stream"], centre.settings.streams_each
    before = places.held
    with ExitStack() as stack:
        for _ in range(each):
            assert listening(stack, centre, project, "mallory").status_code == 200
            assert listening(stack, centre, project, "").status_code == 200
        for user in ("mallory", ""):
            refused = listening(stack, centre, project, user)
            assert refused.status_code == 429 and int(refused.headers["retry-after"]) > 0
            refused.read()
            assert "32 event streams at a time" in refused.json()["detail"]
        assert listening(stack, centre, project, "eva").status_code == 200
    wait_until(lambda: places.held <= before, "those who went away hold nothing")


def test_what_was_missed_comes_in_order_a_part_at_a_time(
    centre: TestCentre, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, parts, missed = project_of(centre, project), list[int](), Feed._missed
    monkeypatch.setattr(
        Feed, "_missed", lambda feed, last: (parts.append(len(missed(feed, last))), missed(feed, last))[1]
    )
    for number in range(700):
        centre.centre.bus.announce(row.id, {"type": "project", "project": project, "number": number})
    with ExitStack() as stack:
        lines = listening(stack, centre, project, "eva", "0-0").iter_lines()
        numbers: list[int] = []
        while len(numbers) < 700:
            line = next(lines)
            if line.startswith("data: ") and '"number": ' in line:
                numbers.append(int(line.split('"number": ')[1].rstrip("}")))
    assert numbers[-700:] == list(range(700))
    assert len(parts) >= 3 and max(parts) <= 256


@contextmanager
def statements(centre: TestCentre) -> Iterator[list[str]]:
    """What the service asks of the database meanwhile, but for what it writes now and then of tokens that were used."""
    found: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if threading.current_thread() is not threading.main_thread() and "token_" not in statement:
            found.append(statement)

    event.listen(centre.centre.database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(centre.centre.database.engine, "before_cursor_execute", note)


def hear(lines: Iterator[str], number: int) -> None:
    """Listen until a number is told."""
    while f'"number": {number}}}' not in next(lines):
        pass


def asked_for(centre: TestCentre, project: str, users: list[str]) -> list[str]:
    """The statements that it takes to tell some people of ten events, one after the other."""
    row = project_of(centre, project)
    with ExitStack() as stack:
        streams = [listening(stack, centre, project, user).iter_lines() for user in users]
        for lines in streams:
            assert next(lines) == ": connected"
        with statements(centre) as found:
            for number in range(10):
                centre.centre.bus.announce(row.id, {"type": "project", "project": project, "number": number})
                for lines in streams:
                    hear(lines, number)
            return found


def test_the_database_is_asked_once_for_an_event_however_many_listen(centre: TestCentre, project: str) -> None:
    # Not of who is in the Hub's groups, which is asked for again and again, nor that a transaction begins, as it does for that.
    few, many = (
        [one for one in asked_for(centre, project, who) if one != "BEGIN" and "group_members" not in one]
        for who in (["dora"], [f"listener{number}" for number in range(20)])
    )
    assert 10 <= len(many) <= len(few) + 10, Counter(many) - Counter(few)


def test_what_was_missed_takes_few_statements(centre: TestCentre, project: str) -> None:
    row = project_of(centre, project)
    for number in range(1000, 1300):
        centre.centre.bus.announce(row.id, {"type": "project", "project": project, "number": number})
    with ExitStack() as stack:
        lines = listening(stack, centre, project, "eva", "0-0").iter_lines()
        assert next(lines) == ": connected"
        with statements(centre) as found:
            hear(lines, 1299)
        assert len(found) < 100
