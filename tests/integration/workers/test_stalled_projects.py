"""A project that stands still takes threads for a moment, once; those who publish elsewhere do not wait for it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from hubshare_workers.publish import publish as publishing
from hubshare_workers.publish.patience import Patience
from hubshare_workers.publish.publish import publish
from hubshare_workers.publish.turns import Turns

from hubshare.errors import Unavailable
from hubshare.git import lock
from hubshare.testing.centre import wait_until
from tests.helpers.publishing import Stage


class Clock:
    """A clock that goes on only while somebody waits for a lock."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_who_finds_a_project_standing_still_again_does_not_wait_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(lock, "time", clock)
    pushes = [stage.push({"mine.txt": str(number).encode()}) for number in range(30)]
    with stage.repository.lock():
        began, waited = clock.now, []
        for again in pushes:
            with pytest.raises(Unavailable, match="busy"):
                publish(stage.centre, again())
            waited.append(clock.now - began)
        assert waited[0] <= 1.1 and waited[-1] < 2
    for again in pushes[:3]:
        assert publish(stage.centre, again()).status in ("applied", "merged", "conflict")
    # It is waited for again, since it is had again.
    began = clock.now
    with stage.repository.lock(), pytest.raises(Unavailable, match="busy"):
        publish(stage.centre, pushes[3]())
    assert clock.now - began >= 1


def test_who_comes_while_somebody_has_had_the_turn_for_long_goes_back_at_once() -> None:
    gate, begun = threading.Event(), threading.Event()

    def work(first: int, collect: Callable[[], list[int]]) -> list[int | Exception]:
        taken = collect()
        begun.set()
        assert gate.wait(20)
        return [*taken]

    turns = Turns[int, int](work)
    long = threading.Thread(target=turns.take, args=("project", 1, 0.05))
    long.start()
    assert begun.wait(20)
    line = turns._lines["project"]
    wait_until(lambda: line.patience(0.05) == 0.0, "it has had the turn for long")
    with pytest.raises(Unavailable, match="busy"):
        turns.take("project", 2, 0.05)
    gate.set()
    long.join()


def test_patience_comes_back_with_what_was_missed() -> None:
    clock = Clock()
    patience = Patience(1.0, 0.02, clock.monotonic)

    def ask(name: str, had: bool) -> float:
        try:
            with patience.wait(name) as seconds:
                if not had:
                    raise Unavailable("busy")
        except Unavailable:
            pass
        return seconds

    assert [ask("a", False), ask("a", False), ask("b", True), ask("a", True), ask("a", False)] == [1, 0.02, 1, 0.02, 1]
    clock.now += 61
    assert ask("a", True) == 1


def test_publishing_waits_for_a_moment_at_most() -> None:
    assert publishing._PATIENCE._seconds <= 1 and publishing._TURN_SECONDS <= 1
