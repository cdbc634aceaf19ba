"""Admins of the Hub see what workers and queues do, and pause and stop them; others look where they have the scope."""

from __future__ import annotations

import asyncio
import html
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from hubshare_workers.journal.following import follow
from sqlalchemy import delete, select

from hubshare import jobs
from hubshare.bus.floods import note_flood
from hubshare.bus.intake_report import read_report, write_report
from hubshare.bus.processes import OwnProcess, RunningJob, read_processes
from hubshare.errors import Unavailable
from hubshare.git.lock import BUSY
from hubshare.jobs.depths import read_depths
from hubshare.jobs.journal import Note, clock
from hubshare.jobs.pausing import take_ticket, write_paused
from hubshare.operations.health import check_health
from hubshare.operations.ops import lag
from hubshare.operations.ops.pauses import mirror_pauses
from hubshare.operations.ops.queues import read_queues
from hubshare.operations.ops.sight import look, read_overview
from hubshare.operations.ops.words import of_findings, of_queues, of_workers
from hubshare.operations.ops.workers import read_workers
from hubshare.service.api.metrics import make_router
from hubshare.store.job_rows import write_jobs
from hubshare.store.job_tables import Job
from hubshare.store.models import AuditEntry, Checkout, Project, Version, now
from hubshare.store.publications import Record, add_records
from hubshare.testing.centre import PREFIX, TestCentre, wait_until
from tests.helpers.dead_jobs import tell_of_jobs
from tests.helpers.operations import ADMIN, ask
from tests.helpers.page_visitors import Browser

#: What differs among links that are alike: names, and what has a digit in it.
_VALUES = re.compile(r"(?<=/projects/)[^/?]+/[^/?]+|(?<=project=)[^&]+|(?<=user=)[^&]+|(?<=[/=])[^/=&?;]*\d[^/=&?;]*")


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
    def left() -> list[dict[str, Any]]:
        # Others may have killed some of the centre that they share.
        return [one for one in ask(centre, ADMIN, "GET", "workers").json() if not one["lost"]]

    wait_until(lambda: {"service", "worker"} <= {one["part"] for one in left()}, "worker and service have reported")
    for who in (ADMIN, "watcher+ops"):
        found = ask(centre, who, "GET", "workers").json()
        assert {"service", "worker"} <= {one["part"] for one in found}
        worker = next(one for one in found if one["part"] == "worker" and not one["lost"])
        assert worker["threads"] > 1 and worker["memory_bytes"] > 10**6
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
    browser = Browser(centre)
    browser.sign_in("root%2Bhubadmin")
    assert 'href="/services/hubshare/ops/jobs?state=queued&amp;queue=housekeeping"' in browser.get("ops/queues").text
    here, elsewhere = (f"../jobs?state=queued&queue={queue}" for queue in ("housekeeping", "render"))
    wait_until(lambda: len(ask(centre, ADMIN, "GET", here).json()["items"]) == 1, "the number leads to what waits")
    assert ask(centre, ADMIN, "GET", elsewhere).json()["items"] == []
    text = "\n".join(of_queues(read_queues(centre.centre)))
    assert "kind:housekeeping is paused by 'root'" in text and "a <b>full</b> disk" in text
    assert ask(centre, ADMIN, "DELETE", "pauses/kind:housekeeping").status_code == 204
    assert told(centre) == {"resumed": "kind:housekeeping"}
    wait_until(lambda: read_depths(centre.centre.bus.redis, ["housekeeping"])[0].waiting == 0, "it goes on")


def test_what_is_no_queue_cannot_be_paused(centre: TestCentre) -> None:
    for what, status in (("queue:nothing", 404), ("kind:nothing", 404), ("apply", 422)):
        assert ask(centre, ADMIN, "PUT", f"pauses/{what}", json={}).status_code == status


def test_the_overview_tells_what_is_wrong_on_pages_by_the_api_and_in_a_terminal(centre: TestCentre) -> None:
    browser = Browser(centre)
    browser.sign_in("root%2Bhubadmin")
    assert "is paused" not in browser.get("ops").text
    made = ask(centre, ADMIN, "PUT", "pauses/kind:housekeeping", json={"reason": "<script>alert(1)</script>"})
    note_flood(centre.centre.bus.redis, "a <b>flooder</b>")
    try:
        assert made.is_success
        found = ask(centre, "watcher+ops", "GET", "overview").json()
        codes = {one["code"] for one in found["findings"]}
        assert {"paused", "flood"} <= codes and found["workers"] >= 1 and found["database_seconds"] is not None
        for page in ("ops", "ops/queues", "ops/workers"):
            text = browser.get(page).text
            assert "<script>alert" not in text and "<b>flooder" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in browser.get("ops/queues").text
        assert "&lt;b&gt;flooder" in browser.get("ops").text
        overview = read_overview(centre.centre)
        assert any("kind:housekeeping is paused by 'root'" in line for line in of_findings(overview))
    finally:
        ask(centre, ADMIN, "DELETE", "pauses/kind:housekeeping")
        centre.centre.bus.redis.delete("hubshare:floods")
    looking = Browser(centre)
    looking.sign_in("watcher%2Bops")
    assert ">Pause<" not in looking.get("ops/queues").text and ">Pause<" in browser.get("ops/queues").text


@pytest.mark.parametrize("who", ["root+hubadmin", "watcher+ops"])
def test_no_link_is_refused_to_who_runs_the_hub_or_only_looks(centre: TestCentre, who: str) -> None:
    name = who.partition("+")[0]
    headers = {"Authorization": "token recluse"}
    made = httpx.post(f"{centre.url}api/v1/projects", json={"name": f"of-{name}"}, headers=headers, timeout=30).json()
    [job] = tell_of_jobs(centre, "recluse", "failed", project=made["id"], error="It broke.")
    with centre.centre.database.begin() as session:
        add_records(session, [Record(uuid4().hex, made["id"], "recluse", "c" * 32, {"asked": "marked"})])
    browser = Browser(centre)
    browser.sign_in(who.replace("+", "%2B"))
    assert ">Operations<" in browser.get("").text
    links = set[str]()
    for page in ("", "/queues", "/workers", "/projects", "/jobs?state=failed", f"/jobs/{job}", "/servers"):
        links |= set(re.findall(f'href="({PREFIX}[^"#]*)', browser.get(f"ops{page}").text))
    assert {f"{PREFIX}ops/jobs?project=recluse%2Fof-{name}", f"{PREFIX}ops/jobs/{job}"} <= links
    shapes: dict[str, set[str]] = defaultdict(set)
    for link in links:
        shapes[_VALUES.sub("*", link)].add(link)
    # What is of the recluse, whom nobody else knows; and of what other tests have left a few of each shape.
    tried = {link for link in links if "recluse" in link or job in link}
    tried |= {link for alike in shapes.values() for link in sorted(alike)[:3]}
    refused = {link for link in tried if not browser.get(html.unescape(link.removeprefix(PREFIX))).is_success}
    assert not refused
    assert (f"{PREFIX}ops/tokens" in links) == (">Retry<" in browser.get(f"ops/jobs/{job}").text) == (name == "root")
    for act in ("retry", "cancel"):
        assert ask(centre, "watcher+ops", "POST", f"../jobs/{job}/{act}").status_code == 403


def test_the_overview_does_not_take_what_nobody_could_count_for_none(
    centre: TestCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked() -> None:
        raise Unavailable("The database is locked.")

    browser = Browser(centre)
    browser.sign_in("root%2Bhubadmin")
    assert ">unknown<" not in browser.get("ops").text
    monkeypatch.setattr(centre.centre.database, "check", locked)
    text = browser.get("ops").text
    assert "The database does not answer, or somebody holds it locked" in text
    assert text.count(">unknown<") == 6


def test_a_push_that_waits_for_a_confirmation_is_told_of_until_the_next_one(centre: TestCentre) -> None:
    project = httpx.post(
        f"{centre.url}api/v1/projects", json={"name": "held"}, headers={"Authorization": "token holder"}, timeout=30
    ).json()

    def answer(number: str, asked: str) -> None:
        with centre.centre.database.begin() as session:
            add_records(session, [Record(number * 32, project["id"], "holder", "c" * 32, {"asked": asked})])

    def held() -> list[tuple[str, str]]:
        return [(one.project, one.person) for one in look(centre.centre).held if one.person == "holder"]

    answer("1", "marked")
    assert held() == [("holder/held", "holder")]
    answer("2", "")
    assert held() == []


def test_metrics_are_for_those_who_run_the_hub_and_tell_of_all_processes(centre: TestCentre) -> None:
    def scrape(who: str) -> httpx.Response:
        return httpx.get(f"{centre.url}metrics", headers={"Authorization": f"token {who}"} if who else {}, timeout=30)

    assert [scrape(who).status_code for who in ("", "alice", "root+adminread")] == [401, 403, 403]
    wait_until(lambda: 'part="worker"' in scrape("watcher+ops").text, "the worker has handed over what it counts")
    text = scrape("watcher+ops").text
    assert 'hubshare_up{part="redis"} 1.0' in text and 'hubshare_queue_paused{queue="apply"} 0.0' in text
    assert text.count("# TYPE process_resident_memory_bytes gauge") == 1
    assert re.search(r'^process_resident_memory_bytes{.*part="service".*} \d', text, re.MULTILINE)


def test_metrics_can_be_opened_to_whoever_asks(centre: TestCentre) -> None:
    app = FastAPI()
    app.state.centre = centre.centre
    app.include_router(make_router(open_to_all=True))

    async def scrape() -> str:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://hub") as client:
            return (await client.get("/metrics")).text

    assert "hubshare_up" in asyncio.run(scrape())


def test_who_finds_a_project_busy_try_after_try_is_told_of(centre: TestCentre) -> None:
    headers = {"Authorization": "token patient"}
    made = httpx.post(f"{centre.url}api/v1/projects", json={"name": "locked"}, headers=headers, timeout=30).json()
    known: dict[str, Any] = {"kind": "edit", "queue": "apply", "user": "patient", "message": "m", "project": made["id"]}
    began = clock() - 40_000
    known |= {"queued": began, "began": began}
    tries = [
        Note("5" * 32, "waiting", began, attempt=1, error=f"{made['id']}.git {BUSY}", **known),
        Note("5" * 32, "running", clock(), attempt=2, **known),
    ]

    def found(*notes: Note) -> list[str]:
        with centre.centre.database.begin() as session:
            session.execute(delete(Job).where(Job.id == "5" * 32))
            write_jobs(session, [follow(None, notes)], [])
        return [one.words for one in read_overview(centre.centre).findings if one.project == "patient/locked"]

    (words,) = found(*tries)
    assert "edit of 'patient' on patient/locked waits for the lock of the repository for 40 s" in words
    assert len(found(tries[0])) == 1
    assert found(*tries, Note("5" * 32, "done", clock(), attempt=2, **known)) == []
    assert found(tries[0]._replace(error="The database does not answer.")) == []
    with centre.centre.database.begin() as session:
        session.execute(delete(Job).where(Job.id == "5" * 32))


def test_projects_that_wait_are_told_with_how_long(centre: TestCentre, monkeypatch: pytest.MonkeyPatch) -> None:
    # Other tests have left some that wait, too, and those come first.
    monkeypatch.setattr(lag, "_MOST", 10_000)
    headers = {"Authorization": "token slow"}
    project = httpx.post(f"{centre.url}api/v1/projects", json={"name": "late"}, headers=headers, timeout=30).json()
    published, asked = now() - timedelta(minutes=9), now().replace(microsecond=0) - timedelta(minutes=3)
    with centre.centre.database.begin() as session:
        there = session.get_one(Project, project["id"])
        for number in (1, 2, 3):
            commit = str(number) * 40
            words = {"snapshot": commit, "author": "slow", "summary": "", "created": published}
            session.add(Version(project_id=there.id, number=number, commit=commit, **words))
        there.version, there.head = 3, "3" * 40
        for folder, commit, seen in (("a", "1", 0), ("b", "2", 0), ("c", "3", 0), ("d", "1", 3)):
            session.add(
                Checkout(
                    id=folder * 32,
                    project_id=there.id,
                    user="slow",
                    folder=folder,
                    commit=commit * 40,
                    seen=now() - timedelta(days=seen),
                )
            )
        first = round(1000 * asked.replace(tzinfo=UTC).timestamp())
        notes = [
            Note(f"lag{at}", "queued", at, kind="edit", project=there.id, queued=at) for at in (first, first + 60_000)
        ]
        write_jobs(session, [follow(None, [note]) for note in notes], [])
    try:
        assert ask(centre, "alice", "GET", "projects").status_code == 403
        (found,) = [
            one for one in ask(centre, "watcher+ops", "GET", "projects").json() if one["project"] == "slow/late"
        ]
        assert (found["waiting"], found["behind"]) == (2, 2)
        assert found["waiting_since"] == asked.isoformat() + "Z" and found["behind_since"].startswith(
            published.isoformat()
        )
        browser = Browser(centre)
        browser.sign_in("root%2Bhubadmin")
        assert "ops/jobs?project=slow%2Flate&amp;state=queued" in browser.get("ops/projects").text
    finally:
        with centre.centre.database.begin() as session:
            session.execute(delete(Job).where(Job.project_id == project["id"]))
    assert "slow/late" in {one["project"] for one in ask(centre, ADMIN, "GET", "projects").json()}, (
        "is behind all the same"
    )


def test_what_waits_since_an_admin_has_paused_it_is_no_fault(centre: TestCentre) -> None:
    client = centre.centre.bus.redis
    report = read_report(client)
    assert report is not None
    write_report(client, replace(report, waits_seconds=70.0))
    try:
        assert "waits for 70 s" in check_health(centre.centre).intake
        write_paused(client, take_ticket(client), ["queue:apply"])
        assert check_health(centre.centre).intake == "ok"
    finally:
        mirror_pauses(centre.centre)
        write_report(client, report)
