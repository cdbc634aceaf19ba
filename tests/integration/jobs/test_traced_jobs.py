"""A job belongs to the trace that it was put on the queue for, and so does what it puts there."""

from __future__ import annotations

from typing import Any

import pytest
from hubshare_workers.middleware import JobLog, NoteJobs, Traced

from hubshare import jobs, logs, tracing
from hubshare.jobs import Edit
from hubshare.testing.centre import wait_until
from hubshare.tracing import Trace
from hubshare.wire.agent import new_id
from tests.helpers.worker_cluster import Cluster


def test_a_job_its_log_and_what_it_puts_on_the_queue_belong_to_one_trace(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Trace | None] = []
    logged: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "hubshare_workers.middleware.job_log.log.log",
        lambda *_, **more: logged.append(dict(logs._add_trace(None, "", more["extra"]))),
    )
    broker = cluster.broker()

    def work(outbox: str, entry: str) -> None:
        seen.append(tracing.current())
        if entry == "first":
            jobs.APPLY.enqueue(broker, jobs.OutboxEntry("alice", "second"), "alice")

    wanted = Edit(new_id(), "b" * 32, "alice", "page", "", "Edit", contents={})
    tracing.adopt(Trace.of(wanted.id))
    jobs.APPLY.enqueue(broker, jobs.OutboxEntry("alice", "first"), "alice")
    tracing.adopt(None)
    cluster.worker(work, Traced(), JobLog(), NoteJobs(), policy=jobs.APPLY, threads=1)
    wait_until(lambda: len(logged) == 2, "both are done and logged")
    assert seen == [Trace.of(wanted.id)] * 2
    assert [line.get("trace") for line in logged] == [wanted.id] * 2
    jobs.APPLY.enqueue(broker, jobs.OutboxEntry("alice", "third"), "alice")
    wait_until(lambda: len(logged) == 3, "the third is done")
    assert seen[2] is None
