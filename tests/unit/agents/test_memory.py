"""An agent gives memory back after large work, and spends little time on that."""

from __future__ import annotations

import asyncio
import selectors
from typing import Any

import pytest
from hubshare_agents import memory


class _Clock(selectors.SelectSelector):
    """Waits for nothing: the clock goes on instead."""

    now = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout or 0.0
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, clock: _Clock) -> None:
        super().__init__(clock)
        self._clock = clock

    def time(self) -> float:
        return self._clock.now


def _collections(monkeypatch: pytest.MonkeyPatch, seconds_each: float, looks: int, every: float) -> list[float]:
    """When memory is given back while so many folders are looked at in full, one after the other."""
    clock, found = _Clock(), list[float]()

    def release() -> None:
        found.append(clock.now)
        clock.now += seconds_each

    async def play() -> Any:
        releases = memory.Releases()
        for _ in range(looks):
            releases.soon()
            await asyncio.sleep(every)
        await asyncio.sleep(1000)

    monkeypatch.setattr(memory, "release", release)
    with asyncio.Runner(loop_factory=lambda: _Loop(clock)) as runner:
        runner.run(play())
    return found


def test_what_is_looked_at_within_a_moment_is_given_back_once_and_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(_collections(monkeypatch, 0.0, looks=50, every=0.01)) == 1


def test_an_agent_with_many_checkouts_spends_hardly_any_time_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _collections(monkeypatch, 0.2, looks=600, every=1.0)
    assert sum(at < 1600.0 for at in found) * 0.2 <= 600 * 0.01
    # The last look is not forgotten.
    assert found[-1] > 1599.0


def test_what_is_looked_at_later_is_given_back_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(_collections(monkeypatch, 0.01, looks=2, every=100.0)) == 2
