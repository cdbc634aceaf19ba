"""Parts of pages are made once for all who look at about the same time, and never take more memory than is given to them."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from hubshare.service.pages.fragments import Fragments


class Clock:
    """A clock that stands still."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_fragment_is_made_once_and_again_when_it_is_too_old_or_about_something_else() -> None:
    clock, made = Clock(), list[str]()
    fragments = Fragments[Markup](clock=clock)

    def get(key: str) -> str:
        return fragments.get(key, lambda: made.append(key) or Markup(f"{key} {len(made)}"))  # type: ignore[func-returns-value]

    assert [get("a"), get("a"), get("b"), get("a")] == ["a 1", "a 1", "b 2", "a 1"]
    clock.now = 19
    assert get("a") == "a 1"
    clock.now = 21
    assert [get("a"), get("b")] == ["a 3", "b 4"]


def test_what_nobody_looked_at_for_longest_goes_first_and_what_is_too_large_is_not_kept() -> None:
    made = list[str]()
    fragments = Fragments[Markup](most=10, clock=Clock())

    def get(key: str, length: int) -> int:
        return len(fragments.get(key, lambda: made.append(key) or Markup("x" * length)))  # type: ignore[func-returns-value]

    for key in "abab":
        get(key, 5)
    assert made == ["a", "b"]
    get("a", 5)
    get("c", 5)
    assert get("a", 5) == 5 and made == ["a", "b", "c"], "b has gone"
    assert get("large", 11) == 11 and get("large", 11) == 11
    assert made == ["a", "b", "c", "large", "large"]
    get("a", 5)
    get("c", 5)
    assert made == ["a", "b", "c", "large", "large"], "the others have stayed"


def test_those_that_are_empty_are_not_kept_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubshare.service.pages.fragments._MOST_OF_ALL", 3)
    fragments = Fragments[Markup](clock=Clock())
    for number in range(5):
        fragments.keep(number, Markup())
    assert [fragments.find(number) is not None for number in range(5)] == [False, False, True, True, True]
