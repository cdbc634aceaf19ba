"""Renderings in progress: everybody has a few, what many ask for is asked for once, and nobody is refused."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fakeredis
import pytest

from hubshare import jobs
from hubshare.config import CentreSettings
from hubshare.operations.asker import Asker
from hubshare.operations.renderings import Renderings
from hubshare.rendering.cache import RenderCache
from hubshare.rendering.kinds import Kind
from hubshare.rendering.requests import RenderRequest, make_request
from hubshare.rendering.results import RenderResult
from hubshare.testing.centre import wait_until

ALICE, BOB = Asker("alice", False), Asker("bob", False)


class Asked:
    """The renderings of a centre whose workers do nothing by themselves."""

    def __init__(self, folder: Path) -> None:
        self.redis = fakeredis.FakeRedis()
        self.cache = RenderCache(folder / "rendered")
        self.queue = jobs.make_broker("", client=self.redis, idle=0.01)
        centre: Any = SimpleNamespace(settings=CentreSettings(), rendered=self.cache, queue=self.queue)
        self.renderings = Renderings(centre)
        self.put: list[tuple[str, str]] = []

    def __call__(self, asker: Asker, wanted: RenderRequest, project: str = "p") -> RenderResult | None:
        return self.renderings.fetch(asker, project=project, wanted=wanted, seconds=0.0)


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    made = Asked(tmp_path)
    enqueue = type(jobs.RENDER).enqueue

    def counted(job: Any, broker: Any, payload: jobs.Render, person: str = "") -> None:
        made.put.append((person, payload.project))
        enqueue(job, broker, payload, person)

    monkeypatch.setattr(type(jobs.RENDER), "enqueue", counted)
    return made


def notebook(number: int) -> RenderRequest:
    return make_request(Kind.NOTEBOOK, f"{number:040x}")


def test_a_class_that_opens_the_same_notebook_has_it_made_once(asked: Asked) -> None:
    for number in range(200):
        assert asked(Asker(f"student{number}", False), notebook(1)) is None
    for number in range(200):
        assert asked(Asker(f"192.0.2.{number}", True), notebook(1)) is None
    assert asked.put == [("student0", "p")]
    asked.cache.put("p", notebook(1), RenderResult({}, "shown"))
    assert asked(BOB, notebook(1)) == RenderResult({}, "shown")


def test_what_was_made_and_has_left_the_cache_is_asked_for_anew(asked: Asked) -> None:
    assert asked(ALICE, notebook(1)) is None
    asked.cache.put("p", notebook(1), RenderResult({}, "shown"))
    assert asked(BOB, notebook(1)) is not None
    asked.cache.path("p", notebook(1)).unlink()
    assert asked(BOB, notebook(1)) is None
    assert asked.put == [("alice", "p"), ("bob", "p")]


def test_who_asks_for_much_waits_and_others_do_not(asked: Asked) -> None:
    for number in range(120):
        assert asked(ALICE, notebook(number)) is None
    assert asked.put == [("alice", "p")] * 8
    asked(BOB, notebook(1000))
    assert asked.put[8:] == [("bob", "p")]
    # When one is made the next page that asks again is next.
    asked.cache.put("p", notebook(3), RenderResult({}, "x"))
    asked(ALICE, notebook(119))
    asked(ALICE, notebook(118))
    assert asked.put[9:] == [("alice", "p")]


def test_visitors_have_a_share_for_each_address_and_one_together_and_are_one_person_in_the_queue(asked: Asked) -> None:
    for address in range(50):
        for number in range(10):
            asked(Asker(f"192.0.2.{address}", True), notebook(100 * address + number))
    assert asked.put == [("/visitors", "p")] * 32
    asked(ALICE, notebook(9999))
    assert asked.put[32:] == [("alice", "p")]


def test_what_never_came_is_asked_for_again_after_a_while(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("hubshare.operations.renderings.time.monotonic", lambda: now[0])
    asked(ALICE, notebook(1))
    asked(ALICE, notebook(1))
    assert len(asked.put) == 1
    now[0] += 1000
    asked(ALICE, notebook(1))
    assert len(asked.put) == 2


def test_a_queue_that_does_not_answer_takes_nobodys_share(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(type(jobs.RENDER), "enqueue", away)
        for number in range(20):
            with pytest.raises(ConnectionError):
                asked(ALICE, notebook(number))
    asked(ALICE, notebook(1))
    assert asked.put == [("alice", "p")]


def test_few_threads_wait_however_many_ask(asked: Asked) -> None:
    answered: list[int] = []

    def student(number: int) -> None:
        asked.renderings.fetch(Asker(f"student{number}", False), project="p", wanted=notebook(1), seconds=60.0)
        answered.append(number)

    threads = [threading.Thread(target=student, args=[number]) for number in range(40)]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: len(answered) >= 28, "all but a few are answered")
        assert sum(thread.is_alive() for thread in threads) == 12
    finally:
        asked.cache.put("p", notebook(1), RenderResult({}, "x"))
    for thread in threads:
        thread.join(30)
    assert sorted(answered) == list(range(40))
