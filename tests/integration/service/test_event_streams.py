"""Event streams: everybody has a few, and what was missed is not held at once."""

from __future__ import annotations

from contextlib import ExitStack

import httpx
import pytest

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
