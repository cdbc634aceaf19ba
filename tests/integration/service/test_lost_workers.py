"""A worker that is lost stays as it was heard of last, with where its jobs are now; one that ends says so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from uuid import uuid4

import httpx
import pytest

from hubshare import jobs
from hubshare.bus.processes import OwnProcess, RunningJob
from hubshare.client import Client
from hubshare.operations.health import check_health
from hubshare.operations.ops.sight import read_overview
from hubshare.operations.ops.workers import read_workers
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.api.ops import WorkerProcess
from tests.helpers.dead_jobs import tell_of_jobs

KINDS = {"edit": "apply"}


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def begin(centre: TestCentre, stack: ExitStack, job: RunningJob) -> OwnProcess:
    """A worker process that has said once what it runs."""
    own = OwnProcess(centre.centre.bus.redis, "worker")
    stack.callback(own.leave)
    own.report(threads=2, busy=1, kinds=KINDS, running=[job])
    return own


def lose(centre: TestCentre, own: OwnProcess, seconds: float) -> None:
    """Have a process have said nothing for so many seconds."""
    at = centre.centre.bus.redis.time()[0] - seconds
    centre.centre.bus.redis.zadd("hubshare:processes:seen", {own.name: at})


def seen(centre: TestCentre, own: OwnProcess) -> WorkerProcess:
    return next(one for one in read_workers(centre.centre) if one.name == own.name)


def test_what_a_lost_worker_had_in_hand_stands_still_and_is_shown_where_it_is_now(
    centre: TestCentre, stack: ExitStack
) -> None:
    job = RunningJob(
        "edit:1", "edit", "apply", "lossy", time.time() - 3, "", "holds the lock", time.time() - 2, uuid4().hex
    )
    lost = begin(centre, stack, job)
    counted = read_overview(centre.centre)
    lose(centre, lost, 40)
    first = seen(centre, lost)
    lose(centre, lost, 2000)
    second = seen(centre, lost)
    assert first.lost and second.lost
    assert [(one.seconds, one.step_seconds, one.now) for one in first.running] == [
        (one.seconds, one.step_seconds, "") for one in second.running
    ]
    assert 2 <= first.running[0].seconds < 30
    overview = read_overview(centre.centre)
    assert (overview.workers, overview.threads) == (counted.workers - 1, counted.threads - 2)
    [finding] = [one for one in overview.findings if one.code == "worker-lost" and "lossy" in one.words]
    assert finding.since == second.seen and f"lost since {second.seen:%H:%M:%S} UTC" in finding.words

    other = begin(centre, stack, job)
    told = seen(centre, lost).running[0]
    assert told.now == f"runs on {seen(centre, other).host}:{seen(centre, other).pid}"
    headers = {"Authorization": "token root+hubadmin"}
    page = httpx.get(f"{centre.url}ops/workers", headers=headers, timeout=30).text
    assert "lost since" in page and f": {told.now} now" in page and f'/ops/jobs/{job.job}"' in page
    other.leave()


def test_what_a_lost_worker_had_in_hand_is_done_once_the_journal_has_it(centre: TestCentre, stack: ExitStack) -> None:
    [done] = tell_of_jobs(centre, "lossy", "done")
    lost = begin(centre, stack, RunningJob("index:1", "index", "index", "lossy", time.time(), job=done))
    lose(centre, lost, 40)
    assert seen(centre, lost).running[0].now == "done"
    [finding] = [one for one in read_overview(centre.centre).findings if "lossy" in one.words]
    assert finding.severity == "notice" and finding.words.endswith("It: done.")


def test_a_worker_that_ends_is_counted_by_nobody_though_its_jobs_go_on(centre: TestCentre, stack: ExitStack) -> None:
    before = read_overview(centre.centre)
    job = RunningJob("edit:2", "edit", "apply", "ending", time.time())
    own = begin(centre, stack, job)
    assert read_overview(centre.centre).workers == before.workers + 1
    own.report(threads=2, busy=1, kinds=KINDS, running=[job], ending=True)
    found = read_overview(centre.centre)
    assert (found.workers, found.threads, found.healthy) == (before.workers, before.threads, before.healthy)
    assert seen(centre, own).ending and seen(centre, own).running


def test_that_all_workers_were_stopped_is_said_as_soon_as_they_are(centre: TestCentre, stack: ExitStack) -> None:
    wait_until(lambda: read_overview(centre.centre).workers > 0, "they work")
    stack.callback(wait_until, lambda: jobs.alive(centre.centre.bus.redis) > 0, "they work again")
    stack.callback(centre.start_workers)
    centre.stop_workers()
    # Nothing is waited for here.
    assert check_health(centre.centre).workers == "none is running"
    with Client(centre.url, "root+hubadmin") as admin:
        overview = admin.overview()
    assert not overview.healthy and overview.workers == 0
    assert "no-worker" in {one.code for one in overview.findings}
