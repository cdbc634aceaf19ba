"""What the queue promises without a worker: which errors are final, and what the service may ask of it."""

from __future__ import annotations

from typing import Any

import fakeredis
import pytest
from dramatiq.middleware import Retries, TimeLimit, TimeLimitExceeded
from hubshare_workers.middleware import DeadLetter, JobLog

from hubshare import jobs
from hubshare.errors import BadPack, Clash, Forbidden, HubShareError, Paused, Unavailable
from hubshare.jobs import registry


@pytest.fixture
def server() -> fakeredis.FakeServer:
    return fakeredis.FakeServer()


@pytest.mark.parametrize("job", [jobs.APPLY, jobs.RENDER, jobs.HOUSEKEEPING])
@pytest.mark.parametrize(
    "error", [Forbidden(""), BadPack(""), Clash(""), Paused(""), HubShareError(""), TimeLimitExceeded()]
)
def test_an_error_that_stays_is_not_tried_again(job: jobs.Job[Any], error: BaseException) -> None:
    assert not job.retry_when(0, error)


@pytest.mark.parametrize("job", [jobs.APPLY, jobs.RENDER, jobs.HOUSEKEEPING])
@pytest.mark.parametrize("error", [Unavailable(""), OSError(), ZeroDivisionError()])
def test_an_error_that_may_pass_is_tried_again_as_often_as_the_job_says(
    job: jobs.Job[Any], error: BaseException
) -> None:
    assert job.retry_when(0, error)
    assert job.retry_when(job.max_retries - 1, error)
    assert not job.retry_when(job.max_retries, error)


@pytest.mark.parametrize("job", jobs.JOBS)
def test_every_job_has_its_row_in_the_table(job: jobs.Job[Any]) -> None:
    assert registry.__doc__
    row = next(line for line in registry.__doc__.splitlines() if line.startswith(f"| `{job.name}`"))
    assert f" {job.max_retries} times" in row
    assert ("interrupted" in row) == job.notify_shutdown


def test_what_reports_an_outcome_runs_after_it_is_decided(server: fakeredis.FakeServer) -> None:
    extra = [JobLog(), DeadLetter({})]
    broker = jobs.make_broker("", extra, client=fakeredis.FakeRedis(server=server))
    # `after_` hooks run from last to first.
    order = [type(middleware) for middleware in reversed(broker.middleware)]
    assert order.index(TimeLimit) < order.index(Retries) < order.index(DeadLetter) < order.index(JobLog)


def test_the_service_hears_that_the_queue_does_not_answer(server: fakeredis.FakeServer) -> None:
    broker = jobs.make_broker("", client=fakeredis.FakeRedis(server=server))
    server.connected = False
    with pytest.raises(Unavailable):
        jobs.APPLY.enqueue(broker, jobs.OutboxEntry("alice", "1-0"))


def test_a_push_is_on_the_queue_once_however_often_it_is_asked_for(server: fakeredis.FakeServer) -> None:
    first, second = (jobs.make_broker("", client=fakeredis.FakeRedis(server=server)) for _ in range(2))
    for broker in (first, second, first):
        jobs.APPLY.enqueue(broker, jobs.OutboxEntry("alice", "1-0"))
        jobs.APPLY.enqueue(broker, jobs.OutboxEntry("alice", "2-0"))
        jobs.APPLY.enqueue(broker, jobs.OutboxEntry("bob", "1-0"))
    consumer = first.consume(jobs.APPLY_QUEUE, prefetch=9)
    taken = [next(consumer) for _ in range(3)]
    assert [message.args for message in taken] == [("alice", "1-0"), ("alice", "2-0"), ("bob", "1-0")]
    assert not consumer.fetched


def test_only_workers_with_a_recent_sign_of_life_are_alive(server: fakeredis.FakeServer) -> None:
    client = fakeredis.FakeRedis(server=server)
    assert jobs.alive(client) == 0
    now, _ = client.time()
    client.zadd(jobs.WORKERS, {"here": now + 15, "also here": now + 3, "gone": now - 1})
    assert jobs.alive(client) == 2
