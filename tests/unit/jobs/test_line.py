"""Where a job stands in line: exact among one's own, and by turns among everybody's."""

from __future__ import annotations

import fakeredis
import pytest

from hubshare.jobs.broker import NAMESPACE
from hubshare.jobs.line import Place, find_place, turns_before
from hubshare.jobs.presence import Queued
from hubshare.operations.ops.places import words_of


@pytest.mark.parametrize(
    ("mine", "rank", "lengths", "before"),
    [
        (1, 0, [5, 9, 9], 0),  # next, whatever others have
        (1, 2, [5, 9, 1], 2),  # one of each who comes before
        (3, 0, [5, 9, 1], 2 + 2 + 1),  # two of one's own, and of others as many turns as they use
        (2, 1, [1, 2, 7], 1 + 1 + 1),
        (1, 250, [1] * 100, 250),  # people who are not looked at have one each
    ],
)
def test_people_are_given_one_by_one(mine: int, rank: int, lengths: list[int], before: int) -> None:
    assert turns_before(mine, rank, lengths) == before


def test_a_place_is_read_from_the_queue() -> None:
    client, at = fakeredis.FakeRedis(), f"{NAMESPACE}:apply"
    for person, jobs in (("alice", 3), ("bob", 1)):
        client.zadd(f"{at}.turns", {person: 1 if person == "alice" else 2})
        for number in range(jobs):
            client.rpush(f"{at}.waiting:{person}", f"{person}|edit:{number}.0")

    def place(user: str, number: int) -> Place | None:
        return find_place(client, Queued("apply", user, f"edit:{number}", 1))

    assert place("alice", 0) == Place(1, 1)
    assert place("bob", 0) == Place(1, 2)
    assert place("alice", 2) == Place(3, 4)
    assert place("alice", 9) is None
    client.sadd(f"{NAMESPACE}:__paused__", "kind:edit")
    assert place("bob", 0) == Place(1, 2, paused=True)
    # It was set aside when its turn came.
    assert place("alice", 9) == Place(0, 0, paused=True)


def test_what_is_about_others_is_said_to_be_an_estimate() -> None:
    assert words_of(Place(1, 1), "your") == "next in line"
    assert words_of(Place(2, 2), "your") == "2nd in line"
    assert words_of(Place(2, 11), "your") == "2nd of your jobs, about 11th in line"
    assert words_of(Place(3, 1203, paused=True), "your") == "paused by an admin"
    assert words_of(Place(23, 1203), "your") == "23rd of your jobs, about 1,203rd in line"
