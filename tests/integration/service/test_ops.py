"""Admins of the Hub see what workers and queues do, and pause and stop them; others look where they have the scope."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from hubshare import jobs
from hubshare.bus.processes import OwnProcess, RunningJob, read_processes
from hubshare.jobs.depths import read_depths
from hubshare.operations.ops.pauses import mirror_pauses
from hubshare.operations.ops.queues import read_queues
from hubshare.operations.ops.words import of_queues, of_workers
from hubshare.operations.ops.workers import read_workers
from hubshare.store.models import AuditEntry
from hubshare.testing.centre import TestCentre, wait_until

ADMIN = "root+hubadmin"


def ask(centre: TestCentre, who: str, method: str, path: str, **more: Any) -> httpx.Response:
    headers = {"Authorization": f"token {who}"}
    return httpx.request(method, f"{centre.url}api/v1/ops/{path}", headers=headers, timeout=30, **more)


@pytest.fixture
def housekeeping_paused(centre: TestCentre) -> Iterator[None]:
    assert ask(centre, ADMIN, "PUT", "pauses/kind:housekeeping", json={"reason": "a <b>full</b> disk"}).is_success
    yield
    assert ask(centre, ADMIN, "DELETE", "pauses/kind:housekeeping").status_code == 204


def told(centre: TestCentre) -> dict[str, Any]:
    with centre.centre.database.read() as session:
        query = select(AuditEntry.details).where(AuditEntry.action == "hub.run-ops").order_by(AuditEntry.id.desc())
        return session.scalars(query.limit(1)).one()


def test_whoever_runs_the_hub_sees_processes_and_others_do_not(centre: TestCentre) -> None:
    wait_until(lambda: len(read_processes(centre.centre.bus.redis)) >= 2, "worker and service have reported")
    for who in (ADMIN, "watcher+ops"):
        found = ask(centre, who, "GET", "workers").json()
        assert {"service", "worker"} <= {one["part"] for one in found}
        worker = next(one for one in found if one["part"] == "worker")
        assert not worker["lost"] and worker["threads"] > 1 and worker["memory_bytes"] > 10**6
        assert ask(centre, who, "GET", "queues").is_success
    assert ask(centre, "alice", "GET", "workers").status_code == 403
    assert ask(centre, "root+adminread", "GET", "queues").status_code == 403
    assert ask(centre, "watcher+ops", "PUT", "pauses/queue:apply", json={}).status_code == 403
    assert ask(centre, "watcher+ops", "POST", "workers/all/order", json={"order": "stop"}).status_code == 403


def test_a_process_tells_what_it_runs_and_obeys_once(centre: TestCentre) -> None:
    own = OwnProcess(centre.centre.bus.redis, "worker")
    job = RunningJob("1", "apply_event", "apply", "bob", 1.0, "gone" * 8, "waits for the lock", 2.0)
    try:
        assert own.report(kinds={"apply_event": "apply"}, busy=1, running=[job]) is None
        found = next(one for one in read_workers(centre.centre) if one.name == own.name)
        assert [(one.person, one.project, one.step) for one in found.running] == [("bob", "", "waits for the lock")]
        assert "    apply_event of 'bob', waits for the lock for" in "\n".join(of_workers([found]))
        assert ask(centre, ADMIN, "POST", f"workers/{own.name}/order", json={"order": "quiet"}).is_success
        assert told(centre)["order"] == "quiet" and len(told(centre)["workers"]) == 1
        assert own.report(kinds={"apply_event": "apply"}) == "quiet"
        assert own.report(kinds={"apply_event": "apply"}) is None
        assert ask(centre, ADMIN, "POST", "workers/nobody/order", json={"order": "quiet"}).status_code == 404
        assert ask(centre, ADMIN, "POST", f"workers/{own.name}/order", json={"order": "die"}).status_code == 422
    finally:
        own.leave()
    assert own.report() is None
    assert own.name not in [one.report.name for one in read_processes(centre.centre.bus.redis)]


def test_a_paused_kind_waits_through_a_redis_that_forgets(centre: TestCentre, housekeeping_paused: None) -> None:
    assert told(centre) == {"paused": "kind:housekeeping", "reason": "a <b>full</b> disk"}
    centre.centre.bus.redis.delete("hubshare:queue:__paused__", "hubshare:queue:__paused__.tickets")
    mirror_pauses(centre.centre)
    jobs.HOUSEKEEPING.enqueue(centre.centre.queue, jobs.Nothing())

    def aside() -> dict[str, int]:
        return read_depths(centre.centre.bus.redis, ["housekeeping"])[0].aside

    wait_until(lambda: aside() == {"housekeeping": 1}, "it is set aside")
    found = ask(centre, ADMIN, "GET", "queues").json()
    assert [(one["what"], one["user"]) for one in found["pauses"]] == [("kind:housekeeping", "root")]
    queue = next(one for one in found["queues"] if one["name"] == "housekeeping")
    assert (queue["waiting"], queue["running"], queue["paused"]) == (1, 0, False)
    text = "\n".join(of_queues(read_queues(centre.centre)))
    assert "kind:housekeeping is paused by 'root'" in text and "a <b>full</b> disk" in text
    assert ask(centre, ADMIN, "DELETE", "pauses/kind:housekeeping").status_code == 204
    assert told(centre) == {"resumed": "kind:housekeeping"}
    wait_until(lambda: read_depths(centre.centre.bus.redis, ["housekeeping"])[0].waiting == 0, "it goes on")


def test_what_is_no_queue_cannot_be_paused(centre: TestCentre) -> None:
    for what, status in (("queue:nothing", 404), ("kind:nothing", 404), ("apply", 422)):
        assert ask(centre, ADMIN, "PUT", f"pauses/{what}", json={}).status_code == status
