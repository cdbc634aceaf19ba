"""What happens around a job: the line in the log, the word to the pusher, the sign of life."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import dramatiq
import fakeredis
import pytest
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import Middleware, SkipMessage
from hubshare_workers.middleware import DeadLetter, Heartbeat, JobLog
from hubshare_workers.middleware.job_log import DRAMATIQ_LOG, unexpected

from hubshare import jobs
from hubshare.errors import Clash, Unavailable

QUICK = replace(jobs.APPLY, min_backoff=5, max_backoff=5, max_retries=2)

Told = list[tuple[str, str, BaseException]]


@pytest.fixture
def run() -> Iterator[Callable[..., None]]:
    """Runs one job to its end on a worker: `run(job, *middleware)`."""
    ends: list[Callable[[], None]] = []

    def run(job: Callable[[str, str], None], *middleware: Any, row: jobs.Job = QUICK) -> None:
        broker = StubBroker(middleware=[*middleware, *jobs.standard_middleware()])
        actor = dramatiq.actor(job, broker=broker, **row.options())
        worker = dramatiq.Worker(broker, worker_timeout=20, worker_threads=1)
        worker.start()
        ends.extend([worker.stop, broker.close])
        actor.send("alice", "1-0")
        broker.join(row.queue, fail_fast=False)
        worker.join()

    yield run
    for end in ends:
        end()


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """The lines of the job log, without the two values that differ each time."""
    caplog.set_level(logging.INFO, "hubshare.jobs")

    def lines() -> list[str]:
        messages = [record.getMessage() for record in caplog.records if record.name == "hubshare.jobs"]
        return [
            " ".join(word for word in message.split() if not word.startswith(("id=", "ms="))) for message in messages
        ]

    return lines


def failing(error: BaseException, times: int = 100) -> Callable[[str, str], None]:
    tries: list[str] = []

    def job(outbox: str, entry: str) -> None:
        tries.append(entry)
        if len(tries) <= times:
            raise error

    return job


def test_a_job_that_is_done_leaves_one_line(run: Any, lines: Any) -> None:
    run(lambda outbox, entry: None, JobLog())
    assert lines() == ["job=apply_event try=1 outcome=done"]


def test_each_try_leaves_a_line_that_says_why_it_failed(run: Any, lines: Any) -> None:
    run(failing(Unavailable("later")), JobLog())
    assert lines() == [
        "job=apply_event try=1 outcome=retry error=Unavailable",
        "job=apply_event try=2 outcome=retry error=Unavailable",
        "job=apply_event try=3 outcome=dead error=Unavailable",
    ]


def test_a_job_that_recovers_is_done(run: Any, lines: Any) -> None:
    run(failing(Unavailable("later"), times=1), JobLog())
    assert lines() == [
        "job=apply_event try=1 outcome=retry error=Unavailable",
        "job=apply_event try=2 outcome=done",
    ]


def test_a_job_that_may_not_start_is_skipped(run: Any, lines: Any) -> None:
    class No(Middleware):  # type: ignore[misc]
        def before_process_message(self, broker: Any, message: Any) -> None:
            raise SkipMessage("no")

    run(failing(Unavailable("never runs")), JobLog(), No())
    assert lines() == ["job=apply_event try=1 outcome=skipped"]


def test_the_log_does_not_hold_what_an_error_says(run: Any, caplog: pytest.LogCaptureFixture) -> None:
    run(failing(Clash("secret")), JobLog())
    assert not [r for r in caplog.records if r.name == "hubshare.jobs" and "secret" in r.getMessage()]


@pytest.mark.parametrize(("error", "tracebacks"), [(Unavailable("busy"), 0), (ZeroDivisionError("a bug"), 3)])
def test_only_what_is_not_raised_on_purpose_leaves_tracebacks(
    run: Any, error: Exception, tracebacks: int, caplog: pytest.LogCaptureFixture
) -> None:
    logger = logging.getLogger(DRAMATIQ_LOG)
    logger.addFilter(unexpected)
    try:
        run(failing(error), JobLog())
    finally:
        logger.removeFilter(unexpected)
    assert len([record for record in caplog.records if record.exc_info]) == tracebacks


@pytest.mark.parametrize("error", [Clash("taken"), Unavailable("later"), OSError("disk")])
def test_the_pusher_is_told_once_when_a_push_has_failed_for_good(run: Any, error: Exception) -> None:
    told: Told = []
    run(failing(error), DeadLetter({jobs.APPLY.name: lambda *words: told.append(words)}))
    assert told == [("alice", "1-0", error)]


def test_nobody_is_told_of_a_failure_that_passed(run: Any) -> None:
    told: Told = []
    run(failing(Unavailable("later"), times=2), DeadLetter({jobs.APPLY.name: lambda *words: told.append(words)}))
    assert told == []


def test_nobody_is_told_of_housekeeping(run: Any) -> None:
    told: Told = []
    run(failing(Clash("")), DeadLetter({jobs.APPLY.name: lambda *words: told.append(words)}), row=jobs.HOUSEKEEPING)
    assert told == []


def test_a_job_is_dead_also_when_telling_fails(run: Any, lines: Any) -> None:
    def tell(outbox: str, entry: str, error: BaseException) -> None:
        raise Unavailable("the inbox")

    run(failing(Clash("taken")), JobLog(), DeadLetter({jobs.APPLY.name: tell}))
    assert lines() == ["job=apply_event try=1 outcome=dead error=Clash"]


def alive_soon(client: Any, count: int) -> bool:
    deadline = time.monotonic() + 10
    while jobs.alive(client) != count and time.monotonic() < deadline:
        time.sleep(0.01)
    return jobs.alive(client) == count


@pytest.fixture
def client() -> Any:
    return fakeredis.FakeRedis(server=fakeredis.FakeServer())


def start(client: Any) -> dramatiq.Worker:
    broker = StubBroker(middleware=[Heartbeat(client, every=0.05, lasts=1)])
    worker = dramatiq.Worker(broker, worker_timeout=20, worker_threads=1)
    worker.start()
    return worker


def test_workers_are_alive_until_they_are_stopped(client: Any) -> None:
    first, second = start(client), start(client)
    assert alive_soon(client, 2)
    first.stop()
    assert alive_soon(client, 1)
    second.stop()
    assert alive_soon(client, 0)


def test_workers_are_alive_again_after_redis_forgot_everything(client: Any) -> None:
    worker = start(client)
    assert alive_soon(client, 1)
    client.flushall()
    assert alive_soon(client, 1)
    worker.stop()


def test_a_worker_that_lost_a_thread_is_missed(client: Any) -> None:
    worker = start(client)
    assert alive_soon(client, 1)
    worker.workers[0].stop()
    assert alive_soon(client, 0)
    worker.stop()
