"""What is passed on of what happens often."""

from __future__ import annotations

import pytest
from hubshare_workers.intake.throttle import Throttle


def test_the_first_is_passed_on_at_once_and_then_the_newest_of_each_second() -> None:
    passed: list[tuple[str, int]] = []
    now = 100.0
    throttle = Throttle(1.0, lambda key, value: passed.append((key, value)), lambda: now)
    assert throttle.pass_on() == float("inf")
    throttle.add("a", 1)
    throttle.pass_on()
    throttle.add("a", 2)
    throttle.add("b", 7)
    throttle.pass_on()
    assert passed == [("a", 1), ("b", 7)]
    now = 100.4
    throttle.add("a", 3)
    assert round(throttle.pass_on(), 6) == 0.6
    now = 101.0
    assert throttle.pass_on() == float("inf")
    assert passed == [("a", 1), ("b", 7), ("a", 3)], "the last one is never left out"
    now = 101.5
    throttle.add("a", 4)
    throttle.pass_on()
    assert passed[-1] == ("a", 3)


def test_what_could_not_be_passed_on_is_passed_on_later() -> None:
    passed: list[int] = []

    def pass_on(key: str, value: int) -> None:
        if not passed and value == 1:
            raise ConnectionError
        passed.append(value)

    throttle = Throttle(1.0, pass_on, lambda: 100.0)
    throttle.add("a", 1)
    with pytest.raises(ConnectionError):
        throttle.pass_on()
    passed.append(0)
    throttle.pass_on()
    assert passed == [0, 1]
