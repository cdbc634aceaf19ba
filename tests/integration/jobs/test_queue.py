"""Jobs reach the workers at once, and whatever happens to Redis or to a worker."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

import dramatiq
import pytest
import redis
from hubshare_workers.middleware import DeadLetter, Heartbeat, JobLog

from hubshare import jobs
from hubshare.embedded.redis import RedisServer
from hubshare.errors import Clash, Unavailable
from hubshare.testing.centre import wait_until
from tests.helpers.worker_cluster import Cluster, Ledger

QUICK = replace(jobs.APPLY, min_backoff=20, max_backoff=20, max_retries=2)


def test_a_job_starts_at_once_although_the_worker_sleeps(cluster: Cluster) -> None:
    ledger = Ledger()
    cluster.worker(ledger)
    jobs.APPLY.enqueue(cluster.broker(), jobs.OutboxEntry("alice", "1-0"))
    ledger.expect("1-0")


def test_one_burst_wakes_several_workers(cluster: Cluster) -> None:
    met = threading.Event()
    together = threading.Barrier(3, action=met.set)

    def job(outbox: str, entry: str) -> None:
        if not met.is_set():
            together.wait(20)

    for _ in range(3):
        cluster.worker(job, threads=1)
    # Each worker takes two: one that runs and one in hand. So six wake all three, or they never meet. All six
    # come in one step, which rings but once: each worker has to wake the next.
    jobs.APPLY.enqueue_all(cluster.broker(), [(jobs.OutboxEntry("alice", str(entry)), "", {}) for entry in range(6)])
    assert met.wait(20)


def test_no_wake_up_is_lost_when_many_push_and_many_work(cluster: Cluster) -> None:
    ledger = Ledger()
    for _ in range(3):
        cluster.worker(ledger, threads=2)

    def push(user: str) -> None:
        broker = cluster.broker()
        for number in range(60):
            jobs.APPLY.enqueue(broker, jobs.OutboxEntry(user, f"{user}-{number}"))

    pushers = [threading.Thread(target=push, args=(user,)) for user in "abc"]
    for pusher in pushers:
        pusher.start()
    for pusher in pushers:
        pusher.join()
    ledger.expect(*(f"{user}-{number}" for user in "abc" for number in range(60)))
    assert set(ledger.seen.values()) == {1}


def test_a_worker_with_its_hands_full_goes_on_when_they_are_free(cluster: Cluster) -> None:
    ledger = Ledger()
    ledger.open.clear()
    cluster.worker(ledger, threads=1)
    broker = cluster.broker()
    for entry in "abcdefg":
        jobs.APPLY.enqueue(broker, jobs.OutboxEntry("alice", entry))
    assert ledger.started.acquire(timeout=20)
    ledger.open.set()
    ledger.expect(*"abcdefg")


def test_a_worker_stops_at_once_although_it_sleeps(cluster: Cluster) -> None:
    worker = cluster.worker(Ledger())
    worker.stop(timeout=20_000)
    assert not any(thread.is_alive() for thread in (*worker.workers, *worker.consumers.values()))


def test_what_a_worker_has_in_hand_when_it_stops_goes_to_the_others(cluster: Cluster) -> None:
    ledger = Ledger()
    ledger.open.clear()
    first = cluster.worker(ledger, threads=1)
    broker = cluster.broker()
    for entry in "abc":
        jobs.APPLY.enqueue(broker, jobs.OutboxEntry("alice", entry))
    assert ledger.started.acquire(timeout=20)
    stop = threading.Thread(target=first.stop)
    stop.start()
    assert first.broker.stopping.wait(20)
    ledger.open.set()
    stop.join()
    cluster.worker(ledger, threads=1)
    ledger.expect(*"abc")
    assert set(ledger.seen.values()) == {1}


def test_a_worker_that_takes_the_wake_up_and_goes_passes_it_on(cluster: Cluster) -> None:
    broker = cluster.broker()
    leaver = broker.consume(jobs.APPLY_QUEUE, prefetch=1)
    jobs.APPLY.enqueue(broker, jobs.OutboxEntry("alice", "1-0"))
    bell = "hubshare:queue:apply.bell"
    assert broker.client.lpop(bell)
    leaver.close()
    assert broker.client.llen(bell) == 1


def test_a_job_that_comes_as_a_worker_stops_does_not_wait_for_what_that_still_does(cluster: Cluster) -> None:
    broker, other = cluster.broker(idle=0.2), cluster.broker(idle=0.2)
    leaver, stays = (one.consume(jobs.APPLY_QUEUE, prefetch=1) for one in (broker, other))
    assert next(leaver) is None and next(stays) is None
    fetch = broker.fetch_when_rung

    def fetch_late(*args: Any) -> Any:
        broker.stopping.set()
        return fetch(*args)

    broker.fetch_when_rung = fetch_late
    jobs.APPLY.enqueue(other, jobs.OutboxEntry("alice", "1-0"))
    assert next(leaver) is None
    assert next(stays) is not None


def test_jobs_of_a_worker_that_died_come_back(cluster: Cluster) -> None:
    ledger = Ledger()
    jobs.APPLY.enqueue(cluster.broker(), jobs.OutboxEntry("alice", "1-0"))
    assert next(cluster.broker().consume(jobs.APPLY_QUEUE, prefetch=4)).args == ("alice", "1-0")
    cluster.worker(ledger, heartbeat=0.3)
    ledger.expect("1-0")


def test_a_live_worker_keeps_a_job_that_takes_longer_than_the_heartbeat(cluster: Cluster) -> None:
    ledger = Ledger()
    ledger.open.clear()
    for _ in range(2):
        cluster.worker(ledger, threads=1, heartbeat=0.6)
    jobs.APPLY.enqueue(cluster.broker(), jobs.OutboxEntry("alice", "1-0"))
    assert ledger.started.acquire(timeout=20)
    assert not ledger.started.acquire(timeout=1.5), "the other worker took it over"
    ledger.open.set()
    ledger.expect("1-0")


def test_a_job_that_fails_is_tried_again(cluster: Cluster) -> None:
    ledger, tries = Ledger(), []

    def job(outbox: str, entry: str) -> None:
        tries.append(entry)
        if len(tries) < 3:
            raise Unavailable("not yet")
        ledger(outbox, entry)

    cluster.worker(job, policy=QUICK)
    jobs.APPLY.enqueue(cluster.broker(), jobs.OutboxEntry("alice", "1-0"))
    ledger.expect("1-0")
    assert len(tries) == 3


@pytest.mark.parametrize(("error", "tries"), [(Clash("no"), 1), (Unavailable("later"), 3)])
def test_the_pusher_is_told_when_a_job_fails_for_good(cluster: Cluster, error: Exception, tries: int) -> None:
    told: list[tuple[str, str, BaseException]] = []
    called, count = threading.Event(), []

    def tell(outbox: str, entry: str, error: BaseException) -> None:
        told.append((outbox, entry, error))
        called.set()

    def job(outbox: str, entry: str) -> None:
        count.append(entry)
        raise error

    cluster.worker(job, JobLog(), DeadLetter({jobs.APPLY.name: tell}), policy=QUICK)
    jobs.APPLY.enqueue(cluster.broker(), jobs.OutboxEntry("alice", "1-0"))
    assert called.wait(20)
    assert told == [("alice", "1-0", error)]
    assert len(count) == tries


def test_a_retry_is_kept_although_the_try_before_it_is_not_settled_yet(cluster: Cluster) -> None:
    broker = cluster.broker()
    jobs.APPLY.enqueue(broker, jobs.OutboxEntry("alice", "1-0"))
    consumer = broker.consume(jobs.APPLY_QUEUE, prefetch=1)
    failed = next(consumer)
    broker.enqueue(failed.copy(options={"retries": 1}))
    consumer.ack(failed)
    assert next(consumer).args == ("alice", "1-0")


def test_delayed_jobs_are_taken_again_when_their_consumer_starts_over(cluster: Cluster) -> None:
    broker = cluster.broker()
    message = dramatiq.Message(jobs.APPLY_QUEUE, jobs.APPLY.name, ("alice", "1-0"), {}, {})
    broker.enqueue(message, delay=60_000)
    for _ in range(2):
        consumer = broker.consume(f"{jobs.APPLY_QUEUE}.DQ", prefetch=1)
        assert next(consumer).args == ("alice", "1-0")


def test_a_delayed_job_that_is_due_is_not_waited_for(cluster: Cluster) -> None:
    broker = cluster.broker()
    message = dramatiq.Message(jobs.APPLY_QUEUE, jobs.APPLY.name, ("alice", "1-0"), {}, {})
    broker.enqueue(message, delay=0)
    consumer = broker.consume(f"{jobs.APPLY_QUEUE}.DQ", prefetch=1000)
    assert next(consumer).args == ("alice", "1-0")
    # The first look finds the bell rung, the second one does not; both end, so that who moves what is due gets its turn.
    assert [next(consumer) for _ in range(2)] == [None, None]


def test_jobs_that_run_are_not_taken_again_when_their_consumer_starts_over(cluster: Cluster) -> None:
    broker = cluster.broker(idle=0.01)
    jobs.APPLY.enqueue(broker, jobs.OutboxEntry("alice", "1-0"))
    assert next(broker.consume(jobs.APPLY_QUEUE, prefetch=2))
    assert next(broker.consume(jobs.APPLY_QUEUE, prefetch=2)) is None


def test_a_delayed_job_starts_when_it_is_due(cluster: Cluster) -> None:
    ledger = Ledger()
    worker = cluster.worker(ledger)
    actor = worker.broker.get_actor(jobs.APPLY.name)
    before = time.monotonic()
    actor.send_with_options(args=("alice", "late"), delay=200)
    actor.send_with_options(args=("alice", "soon"), delay=50)
    ledger.expect("soon", "late")
    assert time.monotonic() - before >= 0.2
    assert list(ledger.seen) == ["soon", "late"]


def test_asking_for_the_same_push_twice_runs_it_once(cluster: Cluster) -> None:
    ledger = Ledger()
    ledger.open.clear()
    worker = cluster.worker(ledger, threads=1)
    broker = cluster.broker()
    for _ in range(3):
        jobs.APPLY.enqueue(broker, jobs.OutboxEntry("alice", "running"))
    assert ledger.started.acquire(timeout=20)
    for _ in range(3):
        jobs.APPLY.enqueue(broker, jobs.OutboxEntry("alice", "running"))
        jobs.APPLY.enqueue(broker, jobs.OutboxEntry("alice", "waiting"))
    ledger.open.set()
    ledger.expect("running", "waiting")
    broker.join(jobs.APPLY_QUEUE)
    worker.join()
    assert ledger.seen == {"running": 1, "waiting": 1}
    jobs.APPLY.enqueue(broker, jobs.OutboxEntry("alice", "running"))
    assert ledger.started.acquire(timeout=20), "what is done may be asked for again"


def test_the_queue_goes_on_after_redis_forgot_everything(cluster: Cluster) -> None:
    ledger = Ledger()
    ledger.open.clear()
    worker = cluster.worker(ledger, threads=1)
    broker = cluster.broker()
    jobs.APPLY.enqueue(broker, jobs.OutboxEntry("alice", "running"))
    jobs.APPLY.enqueue(broker, jobs.OutboxEntry("alice", "in hand"))
    jobs.APPLY.enqueue(broker, jobs.OutboxEntry("alice", "forgotten"))
    assert ledger.started.acquire(timeout=20)
    broker.client.flushall()
    ledger.open.set()
    ledger.expect("running")
    jobs.APPLY.enqueue(broker, jobs.OutboxEntry("alice", "after"))
    ledger.expect("after")
    worker.join()
    jobs.APPLY.enqueue(broker, jobs.OutboxEntry("alice", "forgotten"))
    ledger.expect("forgotten")


def test_a_reply_that_was_lost_on_its_way_loses_no_job(cluster: Cluster) -> None:
    ledger = Ledger()
    worker = cluster.worker(ledger)
    fetch, lose = worker.broker.fetch_when_rung, threading.Event()
    lose.set()

    def cut_off(*args: Any) -> Any:
        reply = fetch(*args)
        if reply and lose.is_set():
            lose.clear()
            raise redis.ConnectionError("cut off")
        return reply

    worker.broker.fetch_when_rung = cut_off
    # The first is taken by the wait that has begun.
    for entry in ("1-0", "2-0"):
        jobs.APPLY.enqueue(cluster.broker(), jobs.OutboxEntry("alice", entry))
        ledger.expect(entry)
    assert not lose.is_set()
    assert ledger.seen == {"1-0": 1, "2-0": 1}


def test_a_message_that_cannot_be_read_holds_up_no_other(cluster: Cluster) -> None:
    ledger = Ledger()
    cluster.worker(ledger)
    broker = cluster.broker()
    broker.do_enqueue(jobs.APPLY_QUEUE, "garbage", b"{")
    jobs.APPLY.enqueue(broker, jobs.OutboxEntry("alice", "1-0"))
    ledger.expect("1-0")


def test_an_idle_worker_asks_redis_for_nothing(redis_client: redis.Redis, redis_url: str) -> None:
    cluster = Cluster(lambda: redis.Redis.from_url(redis_url, socket_timeout=None))
    try:
        worker = cluster.worker(Ledger())
        waiting = len(worker.consumers)
        wait_until(lambda: redis_client.info("clients")["blocked_clients"] >= waiting, "all consumers wait")
        redis_client.config_resetstat()
        # Nothing is waited for: for half a second nothing may happen.
        time.sleep(0.5)
        calls = redis_client.info("commandstats")
        assert not calls.keys() & {"cmdstat_evalsha", "cmdstat_blpop"}
    finally:
        cluster.close()


@pytest.mark.parametrize("end", [RedisServer.stop, RedisServer.kill])
def test_workers_recover_when_redis_is_restarted(redis_server: RedisServer, end: Any) -> None:
    ledger, failed = Ledger(), threading.Event()
    ledger.open.clear()

    def job(outbox: str, entry: str) -> None:
        if entry == "fails meanwhile" and not failed.is_set():
            assert ledger.open.wait(30)
            failed.set()
            raise Unavailable("the inbox")
        ledger(outbox, entry)

    cluster = Cluster(lambda: jobs.connect(redis_server.url, 5))
    try:
        worker = cluster.worker(job, Heartbeat(cluster.connect(), every=0.1), policy=QUICK)
        broker = cluster.broker()
        entries = ["fails meanwhile", "running", "in hand", "in hand as well", "waiting"]
        for entry in entries:
            jobs.APPLY.enqueue(broker, jobs.OutboxEntry("alice", entry))
        actor = worker.broker.get_actor(jobs.APPLY.name)
        actor.send_with_options(args=("alice", "due meanwhile"), delay=300)
        assert ledger.started.acquire(timeout=20)
        # All that the append-only file needs to hold is in it: it is written before a reply is sent.
        end(redis_server)
        with pytest.raises(Unavailable):
            jobs.APPLY.enqueue(broker, jobs.OutboxEntry("alice", "refused"))
        ledger.open.set()
        assert failed.wait(20)
        # The outage lasts longer than the delay above.
        time.sleep(0.5)
        redis_server.start()
        jobs.APPLY.enqueue(broker, jobs.OutboxEntry("alice", "after"))
        ledger.expect(*entries, "due meanwhile", "after")
        worker.broker.join(jobs.APPLY_QUEUE, timeout=20_000)
        worker.join()
        assert set(ledger.seen.values()) == {1}
    finally:
        cluster.close()


def test_a_worker_stops_while_redis_is_away(redis_server: RedisServer) -> None:
    cluster = Cluster(lambda: jobs.connect(redis_server.url, 5))
    worker = cluster.worker(Ledger())
    redis_server.stop()
    worker.stop(timeout=20_000)
    assert not any(thread.is_alive() for thread in (*worker.workers, *worker.consumers.values()))


def test_a_job_takes_two_round_trips_and_many_are_put_on_the_queue_in_one(redis_url: str) -> None:
    sent, many = list[int](), 40

    class Counting(redis.Connection):
        def send_packed_command(self, *args: Any, **more: Any) -> None:
            sent.append(1)
            super().send_packed_command(*args, **more)

    cluster = Cluster(lambda: redis.Redis.from_url(redis_url, socket_timeout=None, connection_class=Counting))
    try:
        ledger, other = Ledger(), redis.Redis.from_url(redis_url)
        worker = cluster.worker(ledger, threads=4)
        broker = cluster.broker()
        # The first ones open connections.
        jobs.APPLY.enqueue_all(broker, [(jobs.OutboxEntry("alice", f"0-{number}"), "", {}) for number in range(8)])
        wait_until(lambda: len(ledger.seen) == 8 and not worker.broker.consumers["apply"].held, "all are done")
        before = len(sent)
        jobs.APPLY.enqueue_all(broker, [(jobs.OutboxEntry("alice", f"1-{number}"), "", {}) for number in range(many)])
        wait_until(lambda: len(ledger.seen) == 8 + many and not worker.broker.consumers["apply"].held, "all are done")
        # One to take it and one to say that it is done, or fewer: what comes or ends together goes together.
        assert len(sent) - before <= 2 * many + 8
        assert set(ledger.seen.values()) == {1}
        assert other.hlen("hubshare:queue:apply.msgs") == 0
    finally:
        cluster.close()
