"""A worker process says what it runs with each sign of life, and obeys what it is asked there."""

from __future__ import annotations

import threading
from typing import Any

import dramatiq
import fakeredis
import pytest
from dramatiq.brokers.stub import StubBroker
from hubshare_workers.middleware import Counting, Heartbeat, RunningJobs
from hubshare_workers.presence import Presence

from hubshare import jobs
from hubshare.bus.processes import Order, OwnProcess, ask_process, read_processes
from hubshare.jobs.news import MOVED
from hubshare.jobs.running import HOLDS_LOCK, running_jobs, step
from hubshare.metrics import REGISTRY
from hubshare.testing.centre import wait_until


@pytest.fixture
def client() -> Any:
    return fakeredis.FakeRedis(server=fakeredis.FakeServer())


def test_it_is_quiet_works_again_and_stops_when_it_is_asked(client: Any) -> None:
    broker, stopped = jobs.make_broker("", client=client), threading.Event()
    own = OwnProcess(client, "worker")
    presence = Presence(own, broker, 4, {"apply_event": "apply"}, lambda: True, stopped.set)
    presence.report()

    def ask(order: Order) -> None:
        ask_process(client, own.name, order)
        presence.report()

    (seen,) = read_processes(client)
    assert (seen.report.threads, seen.report.reads, seen.report.quiet, seen.lost) == (4, True, False, False)
    pages = client.pubsub(ignore_subscribe_messages=True)
    pages.subscribe(MOVED)
    pages.get_message(timeout=20)
    ask("quiet")
    # Whoever has asked sees at once that it obeys: the page is told to look again.
    assert pages.get_message(timeout=20) is not None
    assert broker.quiet.is_set() and read_processes(client)[0].report.quiet
    ask("work")
    assert not broker.quiet.is_set() and not read_processes(client)[0].report.quiet
    assert not stopped.is_set()
    ask("stop")
    assert stopped.is_set()
    assert read_processes(client)[0].takes_jobs
    presence.end()
    assert not read_processes(client)[0].takes_jobs


def test_a_worker_that_has_taken_leave_is_not_counted_though_it_reports(client: Any) -> None:
    reported = threading.Event()
    heartbeat = Heartbeat(client, every=0.01, report=reported.set)
    broker = StubBroker(middleware=[heartbeat])
    worker = dramatiq.Worker(broker, worker_timeout=20, worker_threads=1)
    worker.start()
    try:
        wait_until(lambda: jobs.alive(client) == 1, "it is counted")
        heartbeat.take_leave()
        reported.clear()
        assert reported.wait(20), "its last jobs may take a while"
        assert jobs.alive(client) == 0
    finally:
        worker.stop()


def test_a_job_is_in_the_list_while_it_runs_with_what_it_waits_for() -> None:
    broker, begun, go_on = StubBroker(middleware=[RunningJobs(), Counting()]), threading.Event(), threading.Event()

    @dramatiq.actor(broker=broker, queue_name="apply", actor_name="listed")
    def listed() -> None:
        step(HOLDS_LOCK, "p1")
        begun.set()
        assert go_on.wait(20)

    worker = dramatiq.Worker(broker, worker_timeout=20, worker_threads=1)
    worker.start()
    try:
        broker.enqueue(dramatiq.Message("apply", "listed", (), {}, {"person": "alice"}))
        assert begun.wait(20)
        (job,) = [job for job in running_jobs() if job.kind == "listed"]
        assert (job.person, job.queue, job.project, job.step) == ("alice", "apply", "p1", HOLDS_LOCK)
        assert job.step_since >= job.since > 0
        go_on.set()
        broker.join("apply")
        worker.join()
        wait_until(lambda: not [job for job in running_jobs() if job.kind == "listed"], "it has ended")
        assert REGISTRY.get_sample_value("hubshare_jobs_total", {"kind": "listed", "outcome": "done"}) == 1
    finally:
        worker.stop()


def test_a_step_of_no_job_is_nobodys() -> None:
    step(HOLDS_LOCK, "p1")
    assert not [job for job in running_jobs() if job.project == "p1"]
