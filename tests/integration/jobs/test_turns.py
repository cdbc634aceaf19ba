"""Everybody's jobs are taken in turn: one person's many or dear ones keep nobody else waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import dramatiq
from hubshare_workers.middleware import Metering

from hubshare import metering
from hubshare.jobs import APPLY, APPLY_QUEUE, OutboxEntry
from hubshare.testing.centre import wait_until
from tests.helpers.worker_cluster import Cluster


class Desk:
    """A job that writes down whose it is when it begins, and waits until that person's jobs may end."""

    __name__ = "desk"

    def __init__(self, work: Callable[[str], None] = lambda person: None) -> None:
        self.begun: list[str] = []
        self._work = work
        self._held: dict[str, threading.Event] = {}
        self._changed = threading.Condition()

    def hold(self, *people: str) -> None:
        self._held |= {person: threading.Event() for person in people}

    def let_go(self, *people: str) -> None:
        for person in people:
            self._held[person].set()

    def __call__(self, person: str, entry: str) -> None:
        with self._changed:
            self.begun.append(person)
            self._changed.notify_all()
        if person in self._held:
            assert self._held[person].wait(30)
        self._work(person)

    def expect(self, person: str, count: int = 1) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.begun.count(person) >= count, 30), self.begun


def enqueue(broker: Any, person: str, count: int = 1) -> None:
    for number in range(count):
        APPLY.enqueue(broker, OutboxEntry(person, f"{person}-{number}"), person)


def test_two_hundred_jobs_of_one_person_keep_nobody_else_waiting(cluster: Cluster) -> None:
    desk = Desk()
    desk.hold("mallory")
    cluster.worker(desk, threads=2)
    broker = cluster.broker()
    enqueue(broker, "mallory", 200)
    desk.expect("mallory")
    enqueue(broker, "alice")
    desk.expect("alice")
    assert desk.begun == ["mallory", "alice"]
    desk.let_go("mallory")
    desk.expect("mallory", 200)


def test_one_person_has_few_of_the_threads_of_all_workers(cluster: Cluster) -> None:
    desk = Desk()
    desk.hold("mallory", "bob", "alice")
    for _ in range(2):
        cluster.worker(desk, threads=4)
    broker = cluster.broker()
    enqueue(broker, "mallory", 30)
    desk.expect("mallory", 2)
    enqueue(broker, "bob", 2)
    enqueue(broker, "alice", 2)
    desk.expect("alice", 2)
    desk.expect("bob", 2)
    assert desk.begun.count("mallory") == 2
    desk.let_go("mallory", "bob", "alice")
    desk.expect("mallory", 30)


def test_whose_work_was_dear_lately_has_a_smaller_share(cluster: Cluster) -> None:
    desk = Desk()
    desk.hold("mallory", "bob")
    for _ in range(2):
        cluster.worker(desk, threads=4)
    broker = cluster.broker()
    metering.charge(broker.client, "mallory", metering.Meter(seconds=60))
    metering.charge(broker.client, "bob", metering.Meter(seconds=5.5))
    enqueue(broker, "mallory", 10)
    enqueue(broker, "bob", 10)
    desk.expect("mallory")
    desk.expect("bob")
    enqueue(broker, "alice", 20)
    desk.expect("alice", 20)
    assert desk.begun.count("mallory") == 1 and desk.begun.count("bob") <= 2
    desk.let_go("mallory", "bob")
    desk.expect("mallory", 10)


def test_people_who_come_with_many_take_turns(cluster: Cluster) -> None:
    broker = cluster.broker()
    for person in ("alice", "bob", "carol"):
        enqueue(broker, person, 20)
    consumer = broker.consume(APPLY_QUEUE, prefetch=2)
    taken = []
    for _ in range(30):
        message = next(consumer)
        taken.append(message.args[0])
        consumer.ack(message)
    assert sorted(taken[:3]) == ["alice", "bob", "carol"]
    assert [taken.count(person) for person in ("alice", "bob", "carol")] == [10, 10, 10], taken


def test_who_has_cost_much_lately_gives_way_to_who_comes_later(cluster: Cluster) -> None:
    def work(person: str) -> None:
        metering.count(seconds=3.0 if person == "mallory" else 0.0)

    desk = Desk(work)
    desk.hold("bob", "mallory")
    worker = cluster.worker(desk, Metering(), threads=2)
    broker = cluster.broker()
    enqueue(broker, "mallory", 40)
    enqueue(broker, "bob")
    desk.expect("mallory")
    desk.expect("bob")
    enqueue(broker, "alice", 20)
    desk.let_go("mallory")
    desk.expect("alice", 20)
    assert desk.begun.count("mallory") == 1
    # Nobody else wants that thread now.
    desk.let_go("bob")
    desk.expect("mallory", 40)
    wait_until(lambda: not broker.client.exists("hubshare:queue:apply.msgs"), "all have ended")
    mallory, alice = metering.accounts(worker.broker.client, ["mallory", "alice"])
    assert 100 < mallory.debt <= 121 and 100 < mallory.lately.seconds <= 121
    assert alice.debt < 1
    assert metering.dearest(broker.client, 1) == ["mallory"]


# the slow lane


def test_whose_work_was_dear_lately_is_served_in_the_slow_lane_and_nowhere_else(cluster: Cluster) -> None:
    slow, fast = Desk(), Desk()
    slow.hold("mallory")
    cluster.worker(slow, threads=2, slow=True)
    cluster.worker(fast, threads=4)
    broker = cluster.broker()
    metering.charge(broker.client, "mallory", metering.Meter(seconds=1.2))
    enqueue(broker, "mallory", 10)
    slow.expect("mallory")
    enqueue(broker, "alice", 20)
    fast.expect("alice", 20)
    assert set(slow.begun) == {"mallory"} and set(fast.begun) == {"alice"}
    slow.let_go("mallory")
    slow.expect("mallory", 10)
    assert "mallory" not in fast.begun


def test_who_comes_to_cost_much_changes_lanes_with_all_that_waits(cluster: Cluster) -> None:
    slow = Desk()
    fast = Desk(lambda person: metering.count(seconds=3.0 if person == "mallory" else 0.0))
    fast.hold("mallory")
    cluster.worker(fast, Metering(), threads=2)
    cluster.worker(slow, threads=2, slow=True)
    enqueue(cluster.broker(), "mallory", 20)
    fast.expect("mallory")
    fast.let_go("mallory")
    slow.expect("mallory", 19)
    assert fast.begun == ["mallory"]


def test_who_costs_little_again_leaves_the_slow_lane(cluster: Cluster) -> None:
    slow, fast = Desk(), Desk()
    slow.hold("mallory", "trudy")
    cluster.worker(slow, threads=2, slow=True)
    cluster.worker(fast, threads=2)
    broker = cluster.broker()
    for person in ("mallory", "trudy"):
        metering.charge(broker.client, person, metering.Meter(seconds=1.5))
    enqueue(broker, "mallory", 3)
    slow.expect("mallory")
    # As if it were a minute later.
    broker.client.zrem(metering.DEAR, "mallory")
    slow.let_go("mallory")
    fast.expect("mallory", 2)
    enqueue(broker, "trudy")
    slow.expect("trudy")
    slow.let_go("trudy")
    assert slow.begun == ["mallory", "trudy"]


def test_without_a_slow_lane_all_are_served_by_all(cluster: Cluster) -> None:
    slow, fast = Desk(), Desk()
    worker = cluster.worker(slow, threads=2, slow=True)
    broker = cluster.broker()
    metering.charge(broker.client, "mallory", metering.Meter(seconds=9))
    enqueue(broker, "mallory")
    slow.expect("mallory")
    worker.stop()
    enqueue(broker, "mallory", 5)
    cluster.worker(fast, threads=2)
    fast.expect("mallory", 5)


def test_what_waits_for_a_slow_lane_that_has_died_is_taken_by_others(cluster: Cluster) -> None:
    broker = cluster.broker()
    metering.charge(broker.client, "mallory", metering.Meter(seconds=9))
    lost = cluster.broker(slow=True).consume(APPLY_QUEUE, prefetch=4)
    lost._tend()
    enqueue(broker, "mallory", 6)
    assert next(lost).args[0] == "mallory"
    desk = Desk()
    cluster.worker(desk, threads=2, heartbeat=0.3)
    desk.expect("mallory", 6)


def test_what_a_dead_worker_had_in_hand_counts_no_more(cluster: Cluster) -> None:
    broker = cluster.broker()
    enqueue(broker, "mallory", 6)
    lost = cluster.broker().consume(APPLY_QUEUE, prefetch=4)
    assert next(lost).args[0] == next(lost).args[0] == "mallory"
    desk = Desk()
    cluster.worker(desk, threads=2, heartbeat=0.3)
    desk.expect("mallory", 6)
    wait_until(lambda: not broker.client.exists("hubshare:queue:apply.held"), "nothing is in hand")


def test_a_job_that_may_not_be_taken_yet_wakes_nobody(cluster: Cluster) -> None:
    broker = cluster.broker()
    consumer = broker.consume(APPLY_QUEUE, prefetch=4)
    consumer._tend()
    enqueue(broker, "mallory", 5)
    first, _ = next(consumer), next(consumer)
    assert not consumer.fetched
    broker.client.delete("hubshare:queue:apply.bell")
    assert broker.do_fetch(APPLY_QUEUE, 2) == []
    assert not broker.client.exists("hubshare:queue:apply.bell")
    consumer.ack(first)
    assert broker.client.exists("hubshare:queue:apply.bell")


def test_what_the_version_before_has_put_on_the_queue_is_taken(cluster: Cluster) -> None:
    broker = cluster.broker()
    message = APPLY_MESSAGE.encode()
    broker.client.hset("hubshare:queue:apply.msgs", "apply_event:alice:1-0.0", message)
    broker.client.rpush("hubshare:queue:apply", "apply_event:alice:1-0.0")
    assert next(broker.consume(APPLY_QUEUE, prefetch=1)).args == ("alice", "1-0")


APPLY_MESSAGE = dramatiq.Message(
    APPLY_QUEUE, APPLY.name, ("alice", "1-0"), {}, {"redis_message_id": "apply_event:alice:1-0.0"}
)
