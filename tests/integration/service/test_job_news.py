"""Pages about jobs are told when to look again: by what concerns them alone, and from one look for all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from hubshare.jobs.journal import JOURNAL, Note, clock, encode_notes
from hubshare.jobs.news import tell_moved
from hubshare.operations.ops.sight import read_overview
from hubshare.testing.centre import TestCentre, wait_until

CHANGED = 'data: {"type": "changed"}'
OWN, OPS = "me/jobs/events", "ops/events"


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


def listening(stack: ExitStack, centre: TestCentre, path: str, token: str) -> Iterator[str]:
    """The lines of a stream that has begun."""
    answer = stack.enter_context(
        httpx.stream("GET", f"{centre.url}api/v1/{path}", headers={"Authorization": f"token {token}"}, timeout=60)
    )
    lines = answer.iter_lines()
    assert answer.status_code == 200 and next(lines) == ": connected"
    return (line for line in lines if line)


def test_what_the_journal_tells_is_heard_by_whose_it_is(centre: TestCentre, stack: ExitStack) -> None:
    client = centre.centre.bus.redis
    nora, olga = (listening(stack, centre, OWN, name) for name in ("nora", "olga"))
    boss = listening(stack, centre, OPS, "boss+hubadmin")
    [told] = encode_notes([Note("a1" * 16, "done", clock(), kind="edit", user="nora", worker="w")])
    client.xadd(JOURNAL, {"notes": told})
    assert next(nora) == CHANGED and next(boss) == CHANGED
    # Somebody is told once a second at most: what was told to others would come before.
    tell_moved(client, {"nora"})
    assert next(nora) == CHANGED
    tell_moved(client, {"olga"})
    assert next(olga) == CHANGED
    gone = {"nora", "olga"}
    centre.tokens.revoked |= gone
    try:
        tell_moved(client, gone)
        assert CHANGED not in [*nora], "a token that was revoked hears nothing more"
        assert CHANGED not in [*olga], "what was hers alone she was told once, and what was somebody else's never"
    finally:
        centre.tokens.revoked -= gone


def test_who_may_not_see_workers_hears_nothing_of_them(centre: TestCentre) -> None:
    for token, status in (("", 401), ("alice", 403), ("boss+hubadmin", 200), ("watcher+ops", 200)):
        headers = {"Authorization": f"token {token}"} if token else {}
        with httpx.stream("GET", f"{centre.url}api/v1/{OPS}", headers=headers, timeout=30) as answer:
            assert answer.status_code == status, token


def test_the_centre_is_looked_at_once_for_all_and_only_for_somebody(
    centre: TestCentre, stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = list[int]()
    told = read_overview(centre.centre)

    def look(_: object) -> object:
        looks.append(told.dead)
        return told

    monkeypatch.setattr("hubshare.service.background.job_news.read_overview", look)
    monkeypatch.setattr("hubshare.service.background.job_news._LOOK_SECONDS", 0.05)
    own = listening(stack, centre, OWN, "nora")
    wait_until(lambda: not centre.app.state.job_news._watched.is_set(), "nobody who looks at workers is left")
    before = len(looks)
    tell_moved(centre.centre.bus.redis, {"nora"})
    assert next(own) == CHANGED and len(looks) == before
    several = [listening(stack, centre, OPS, "boss+hubadmin") for _ in range(3)]
    wait_until(lambda: len(looks) > before + 1, "the centre was looked at")
    told = told.model_copy(update={"dead": 10**6})
    assert [next(lines) for lines in several] == [CHANGED] * 3


@pytest.mark.parametrize("users", [{"a", ""}, {f"u{number}" for number in range(1000)}])
def test_of_many_people_it_is_not_told_who_they_are(centre: TestCentre, stack: ExitStack, users: set[str]) -> None:
    lines = listening(stack, centre, OWN, "a" if len(users) < 3 else "somebody")
    tell_moved(centre.centre.bus.redis, users)
    assert next(lines) == CHANGED
