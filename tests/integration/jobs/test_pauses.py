"""What is paused is begun by no worker; everything else goes on, and so does it once it may."""

from __future__ import annotations

from dataclasses import replace

import dramatiq

from hubshare.jobs import APPLY, Job, OutboxEntry
from hubshare.jobs.depths import Depth, read_depths
from hubshare.jobs.pausing import take_ticket, write_paused
from hubshare.testing.centre import wait_until
from tests.helpers.worker_cluster import Cluster, Ledger

OTHER = replace(APPLY, name="other")


def pause(cluster: Cluster, *what: str) -> None:
    client = cluster.connect()
    write_paused(client, take_ticket(client), what)


def depth(cluster: Cluster) -> Depth:
    (found,) = read_depths(cluster.connect(), ["apply"])
    return found


def enqueue(cluster: Cluster, *entries: str, job: Job[OutboxEntry] = APPLY) -> None:
    broker = cluster.broker()
    for entry in entries:
        job.enqueue(broker, OutboxEntry("alice", entry), "alice")


def test_of_a_paused_queue_no_job_is_begun_until_it_goes_on(cluster: Cluster) -> None:
    job = Ledger()
    pause(cluster, "queue:apply")
    cluster.worker(job)
    enqueue(cluster, "1", "2")
    found = depth(cluster)
    assert (found.waiting, found.running, found.people) == (2, 0, [("alice", 2)]) and found.oldest_seconds > 0
    assert not job.seen
    pause(cluster)
    cluster.broker().do_maintain("apply")
    job.expect("1", "2")


def test_a_paused_queue_stays_so_for_workers_that_come_later(cluster: Cluster) -> None:
    job = Ledger()
    enqueue(cluster, "1")
    pause(cluster, "queue:apply")
    # It looks when it starts, finds nothing that it may take, and waits.
    worker = cluster.worker(job)
    worker.stop()
    assert not job.seen and depth(cluster).waiting == 1


def test_nothing_else_of_a_person_waits_behind_a_paused_kind(cluster: Cluster) -> None:
    job, other = Ledger(), Ledger()
    pause(cluster, "kind:apply_event")
    enqueue(cluster, "1", "2")
    enqueue(cluster, "3", job=OTHER)

    def both(outbox: str, entry: str) -> None:
        (other if entry == "3" else job)(outbox, entry)

    broker = cluster.broker()
    for kind in (APPLY, OTHER):
        dramatiq.actor(both, broker=broker, **kind.options())
    worker = dramatiq.Worker(broker, worker_threads=2, worker_timeout=100)
    worker.start()
    try:
        other.expect("3")
        assert not job.seen and (depth(cluster).waiting, depth(cluster).aside) == (2, {"apply_event": 2})
        pause(cluster)
        broker.do_maintain("apply")
        job.expect("1", "2")
        assert depth(cluster).aside == {}
    finally:
        worker.stop()


def test_a_quiet_worker_begins_nothing_and_others_do(cluster: Cluster) -> None:
    quiet, busy = Ledger(), Ledger()
    worker = cluster.worker(quiet, heartbeat=0.3)
    worker.broker.quiet.set()
    # Its consumer notices when it looks next.
    wait_until(lambda: worker.broker.consumers["apply"].left, "it has no place in the queue any more")
    enqueue(cluster, "1")
    cluster.worker(busy)
    busy.expect("1")
    assert not quiet.seen
    worker.broker.quiet.clear()
    worker.broker.wake()
    wait_until(lambda: not worker.broker.consumers["apply"].left, "it has a place again")


def test_whoever_was_overtaken_pauses_nothing(cluster: Cluster) -> None:
    client, job = cluster.connect(), Ledger()
    early = take_ticket(client)
    write_paused(client, take_ticket(client), [])
    write_paused(client, early, ["queue:apply"])
    cluster.worker(job)
    enqueue(cluster, "1")
    job.expect("1")
