"""One person does the worst that an account can; others do not wait for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hubshare import metering
from hubshare.embedded.redis import RedisServer
from hubshare.testing.centre import TestCentre, wait_until
from tests.helpers.neighbours import (
    Neighbour,
    dear_pushes,
    door,
    entries_too_large_to_be_read,
    long_lists,
    one_upload_named_often,
)

DEAR = 150


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestCentre]:
    """A Hub with one worker process of two threads."""
    folder = tmp_path_factory.mktemp("neighbours")
    few = {"HUBSHARE_WORKER_THREADS": "2"}
    with RedisServer(folder / "redis") as server, TestCentre(folder / "data", server.url, few) as centre:
        yield centre


@pytest.fixture(scope="module")
def alice(small: TestCentre) -> Iterator[Neighbour]:
    with door(small, "alice") as made:
        made.save()
        yield made


@pytest.fixture
def mallory(small: TestCentre, request: pytest.FixtureRequest) -> Iterator[Neighbour]:
    # Who is somebody else each time owes nothing for the time before.
    with door(small, f"mallory{abs(hash(request.node.name)) % 10_000}") as made:
        yield made


def left(mallory: Neighbour) -> int:
    return int(mallory.centre.centre.bus.redis.xlen(mallory.outbox))


def test_a_push_is_among_the_next_to_be_carried_out_whatever_others_have_queued(
    alice: Neighbour, mallory: Neighbour
) -> None:
    dear_pushes(mallory, DEAR)
    for _ in range(5):
        alice.save()
    assert left(mallory) > DEAR / 2
    wait_until(lambda: left(mallory) == 0, "hers are carried out as well", 120)
    mine, hers = metering.accounts(mallory.centre.centre.bus.redis, ["alice", mallory.user])
    # Whether some of that is still a debt depends on how long it took.
    assert hers.lately.inflated > 20 * mine.lately.inflated and hers.lately.cost > mine.lately.cost


def test_who_reads_a_hundred_named_checkouts_keeps_nobody_waiting(alice: Neighbour, mallory: Neighbour) -> None:
    long_lists(mallory)
    alice.save()
    wait_until(lambda: left(mallory) == 0, "hers are answered as well", 120)


def test_an_upload_that_is_named_often_is_gone_and_everything_answered(alice: Neighbour, mallory: Neighbour) -> None:
    one_upload_named_often(mallory)
    alice.save()
    wait_until(lambda: left(mallory) == 0, "hers are answered as well", 120)
    assert not list(mallory.centre.settings.uploads.rglob("[0-9a-f]" * 32))
    # It was unpacked once.
    (hers,) = metering.accounts(mallory.centre.centre.bus.redis, [mallory.user])
    assert hers.lately.inflated < 500 * 2**20


def test_entries_that_are_too_large_go_and_her_session_with_them(alice: Neighbour, mallory: Neighbour) -> None:
    entries_too_large_to_be_read(mallory)
    alice.save()
    wait_until(lambda: left(mallory) == 0, "they are gone", 60)
    mallory.connect()
    mallory.save()
