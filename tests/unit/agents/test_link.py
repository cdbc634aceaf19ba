"""The link to the centre: how soon it is tried again."""

from __future__ import annotations

from hubshare_agents.link.link import Waits


def test_a_centre_that_is_away_is_soon_asked_again() -> None:
    waits = Waits()
    assert [waits.after(None) for _ in range(6)] == [0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
    assert waits.after(3600.0) == 0.2, "as soon as it was there"
    assert not waits.is_taken


def test_two_agents_that_take_the_link_from_each_other_do_so_ever_more_seldom() -> None:
    waits = Waits()
    assert [waits.after(0.1) for _ in range(3)] == [0.2, 0.2, 0.2], "lines may break"
    assert not waits.is_taken
    assert sum(waits.after(0.1) for _ in range(20)) > 600
    assert waits.is_taken
    assert waits.after(None) == 60.0
    assert waits.after(6.0) == 0.2
    assert not waits.is_taken
