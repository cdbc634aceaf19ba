"""Kept versions and the clock: what exists nowhere else is not forgotten because a clock was wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hubshare_agents.checkout import stash
from hubshare_agents.checkout.aging import KEPT_LEAST, STEP_EVERY_SECONDS, STEP_SECONDS, next_time
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.checkout.state import CheckoutState

from hubshare.config import AgentSettings
from hubshare.sync.trees import FILE, Entry

DAY = 86_400.0
KEPT_DAYS = 90
ID = "a" * 32


class Clock:
    """The clocks of a server, set by hand."""

    def __init__(self) -> None:
        self.wall, self.run = 1_800_000_000.0, 0.0

    def time(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.run

    def pass_(self, seconds: float) -> None:
        self.wall += seconds
        self.run += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(stash, "time", made)
    return made


@pytest.fixture
def checkout(tmp_path: Path, clock: Clock) -> Iterator[LocalCheckout]:
    """A checkout whose stash holds a few versions more than are kept in any case."""
    (tmp_path / "course").mkdir()
    state = CheckoutState(ID, ID, "alice/course", str(tmp_path / "course"), "alice", "owner", base="1" * 40)
    made = LocalCheckout.create(tmp_path / "state", AgentSettings(state=tmp_path), state)
    for number in range(KEPT_LEAST + 3):
        (tmp_path / "course" / "a.txt").write_text(f"draft {number}")
        made.stash.put("a.txt", Entry(FILE, "0" * 40), "replaced")
    made.stash.forget(KEPT_DAYS, clock.wall)
    yield made
    made.close()


def look(checkout: LocalCheckout, clock: Clock, centre: float | None, hours: int = 1) -> int:
    """Let some hours pass and the agent look each hour; returns how many versions can be restored then."""
    for _ in range(hours):
        clock.pass_(STEP_EVERY_SECONDS)
        checkout.stash.forget(KEPT_DAYS, None if centre is None else clock.wall + centre)
    contents = list((checkout.folder / "kept").iterdir())
    kept = checkout.index.kept()
    assert {path.name for path in contents} == {found.entry.id for found in kept}
    return len(kept)


def test_a_clock_that_is_90_days_ahead_for_a_moment_deletes_no_kept_version(
    checkout: LocalCheckout, clock: Clock
) -> None:
    everything = look(checkout, clock, 0)
    clock.wall += 90 * DAY
    assert look(checkout, clock, centre=-90 * DAY, hours=200) == everything
    clock.wall -= 90 * DAY
    assert look(checkout, clock, 0) == everything


def test_a_machine_whose_hub_has_the_same_wrong_clock_deletes_none_either(
    checkout: LocalCheckout, clock: Clock
) -> None:
    everything = look(checkout, clock, 0)
    clock.wall += 91 * DAY
    assert look(checkout, clock, centre=0, hours=3) == everything
    clock.wall -= 91 * DAY
    assert look(checkout, clock, 0, hours=3) == everything


def test_what_was_kept_is_not_forgotten_while_the_hub_cannot_be_asked(checkout: LocalCheckout, clock: Clock) -> None:
    everything = look(checkout, clock, 0)
    clock.wall += 91 * DAY
    assert look(checkout, clock, centre=None, hours=200) == everything


def test_what_was_kept_for_90_days_is_forgotten_but_for_the_newest(checkout: LocalCheckout, clock: Clock) -> None:
    assert look(checkout, clock, 0) == KEPT_LEAST + 3
    for _ in range(KEPT_DAYS):
        clock.pass_(DAY - STEP_EVERY_SECONDS)
        look(checkout, clock, 0)
    assert look(checkout, clock, 0) == KEPT_LEAST
    assert b"".join(checkout.stash.stream(checkout.index.kept()[0])) == b"draft 22"


def test_after_a_long_pause_the_time_follows_in_steps() -> None:
    known = next_time(None, 1000.0, 1000.0)
    assert known == 1000.0
    assert next_time(known, 1000.0 + 30 * DAY, 1000.0 + 30 * DAY) == 1000.0 + STEP_SECONDS
    assert next_time(known, 500.0, 500.0) is None


def test_a_link_knows_the_time_of_the_centre_only_while_it_is_up() -> None:
    from hubshare_agents.link.link import Link

    link = Link(None, "", lambda event, pack: None, None)  # type: ignore[arg-type]
    assert link.centre_time() is None
    link._told_time = time.time() - 50, time.monotonic() - 50
    assert link.centre_time() is None
    link.up.set()
    assert link.centre_time() == pytest.approx(time.time(), abs=1)
