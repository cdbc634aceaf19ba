"""What a worker process that died had in hand is done by the others, and nothing is taken from one that lives."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from hubshare_workers.intake.intake import LEASE
from hubshare_workers.maintenance import dead_workers
from hubshare_workers.maintenance.dead_workers import PROCESSES, WorkerProcesses

from hubshare import jobs
from hubshare.jobs.broker import HEARTBEATS, WORKERS
from tests.helpers.worker_cluster import Cluster, Ledger


def test_a_worker_that_died_while_the_clock_was_ahead_is_missed(cluster: Cluster) -> None:
    ledger = Ledger()
    dead = cluster.broker()
    jobs.APPLY.enqueue(dead, jobs.OutboxEntry("alice", "1-0"))
    assert dead.do_fetch("apply", 1)
    seconds, _ = dead.client.time()
    ahead = seconds + 90 * 86_400
    dead.client.zadd(HEARTBEATS, {dead.broker_id: ahead * 1000})
    dead.client.zadd(WORKERS, {"dead": ahead})
    assert jobs.alive(dead.client) == 0
    cluster.worker(ledger, heartbeat=0.3)
    ledger.expect("1-0")


def dead_process() -> dict[str, Any]:
    """A process of this machine that is gone."""
    with subprocess.Popen(["sleep", "60"]) as process:
        begun = dead_workers._begun(process.pid)
        assert begun
        process.kill()
    return {"machine": dead_workers._machine(), "pid": process.pid, "begun": begun, "reader": "the dead one"}


def test_what_a_killed_process_had_in_hand_is_done_as_soon_as_another_one_looks(cluster: Cluster) -> None:
    ledger = Ledger()
    dead = cluster.broker()
    jobs.APPLY.enqueue(dead, jobs.OutboxEntry("alice", "1-0"))
    assert dead.do_fetch("apply", 1)
    dead.client.hset(PROCESSES, dead.broker_id, json.dumps(dead_process()))
    dead.client.set(LEASE, "the dead one")
    # Nobody would miss its signs of life for ages.
    other = cluster.worker(ledger).broker
    assert WorkerProcesses(other, "another").look() == 1
    ledger.expect("1-0")
    assert not dead.client.exists(LEASE) and dead.client.hkeys(PROCESSES) == [other.broker_id.encode()]


def test_nothing_is_taken_from_a_process_that_lives_or_is_elsewhere(cluster: Cluster) -> None:
    brokers = [cluster.broker() for _ in range(3)]
    living, elsewhere, own = brokers
    WorkerProcesses(living, "living").look()
    elsewhere.client.hset(PROCESSES, elsewhere.broker_id, json.dumps(dead_process() | {"machine": "another"}))
    own.client.set(LEASE, "living")
    assert WorkerProcesses(own, "own").look() == 0
    assert own.client.get(LEASE) == b"living"
    WorkerProcesses(own, "own").leave()
    assert len(own.client.hkeys(PROCESSES)) == 2
