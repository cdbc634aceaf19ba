"""A project that stands still takes threads for a moment, once; those who publish elsewhere do not wait for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hubshare_workers.publish import project_lock
from hubshare_workers.publish import publish as publishing
from hubshare_workers.publish.patience import Patience
from hubshare_workers.publish.publish import publish
from hubshare_workers.publish.turns import Turns

from hubshare.errors import Unavailable
from hubshare.git import lock
from hubshare.testing.centre import wait_until
from tests.helpers.publishing import Stage


def test_one_thread_at_most_waits_for_a_project_that_stood_still_a_moment_ago(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits, gate = list[Path](), threading.Event()
    real = lock._wait

    def wait(handle: int, path: Path, end: float) -> None:
        waits.append(path)
        assert gate.wait(30)
        real(handle, path, 0)

    patience = Patience(1.0)
    for module in (publishing, project_lock):
        monkeypatch.setattr(module, "PATIENCE", patience)
    pushes = [stage.push({"mine.txt": str(number).encode()}) for number in range(8)]
    answers: list[str] = []

    def push(number: int) -> None:
        try:
            answers.append(publish(stage.centre, pushes[number]()).status)
        except Unavailable:
            answers.append("busy")

    with stage.repository.lock():
        monkeypatch.setattr(lock, "_wait", wait)
        gate.set()
        push(0)
        gate.clear()
        before = len(waits)
        first = threading.Thread(target=push, args=(0,))
        first.start()
        wait_until(lambda: len(waits) == before + 1, "one waits")
        # All others go back at once.
        for number in range(1, 8):
            push(number)
        assert answers == ["busy"] * 8
        assert len(waits) == before + 1
        gate.set()
        first.join()
    assert answers == ["busy"] * 9
    monkeypatch.setattr(lock, "_wait", real)
    for number in range(3):
        push(number)
    assert "busy" not in answers[9:]
    assert patience.behind(f"{stage.centre.settings.data}:{stage.id}") == 1.0


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
    now = [1000.0]
    patience = Patience(1.0, lambda: now[0])

    def ask(name: str, had: bool) -> float:
        with suppress(Unavailable), patience.waiting(name):
            if not had:
                raise Unavailable("busy")
        return patience.behind(name)

    assert [ask("a", False), ask("a", False), ask("b", True), ask("a", True), ask("a", False)] == [0, 0, 1, 1, 0]
    now[0] += 61
    assert patience.behind("a") == 1
