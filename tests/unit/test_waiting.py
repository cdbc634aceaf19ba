"""How tests wait for what tells of nothing: by looking, but not all the time."""

from __future__ import annotations

import time

import pytest

from hubshare.testing.centre import wait_until


class Clock:
    """A time that passes when somebody sleeps, and by what looking costs.

    Attributes:
        slept: for how long each time, in seconds.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.slept = 0.0, list[float]()
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(time, "sleep", self.sleep)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.mark.parametrize(("cost", "pause"), [(0.0, 0.01), (0.03, 0.09), (5.0, 0.2)])
def test_the_dearer_it_is_to_look_the_longer_is_the_pause(
    monkeypatch: pytest.MonkeyPatch, cost: float, pause: float
) -> None:
    clock, looks = Clock(monkeypatch), iter([False, False, True])

    def look() -> bool:
        clock.now += cost
        return next(looks)

    wait_until(look, "it is there")
    assert clock.slept == pytest.approx([pause, pause])


def test_what_does_not_come_is_named_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    with pytest.raises(TimeoutError, match=r"after 2 s still not: it is there"):
        wait_until(lambda: False, "it is there", 2)
    assert 2 <= clock.now < 2.1
