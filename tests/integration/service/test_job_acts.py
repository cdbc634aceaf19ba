"""Admins of the Hub cancel a job that waits, and have one that has ended so begin once more."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from hubshare.client import Client
from hubshare.errors import Cancelled, Clash, Forbidden, NotFound
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.api import Job


@pytest.fixture
def admin(centre: TestCentre) -> Iterator[Client]:
    with Client(centre.url, "root+hubadmin") as client:
        yield client


@pytest.fixture
def owner(centre: TestCentre) -> Iterator[Client]:
    with Client(centre.url, "actor") as client:
        yield client


@pytest.fixture
def edits_paused(admin: Client) -> Iterator[None]:
    admin.pause_jobs("kind:edit", "a look")
    yield
    admin.resume_jobs("kind:edit")


def newest(admin: Client, state: str) -> Job | None:
    return next(iter(admin.all_jobs(kind="edit", user="actor", state=state)), None)


def test_what_was_cancelled_is_told_does_nothing_and_can_be_begun_again(
    centre: TestCentre, admin: Client, owner: Client, edits_paused: None
) -> None:
    project = owner.create_project("cancelled-and-retried").name
    with ThreadPoolExecutor(1) as asking:
        asked = asking.submit(owner.change_files, project, {"a.txt": "1"}, base=0)
        wait_until(lambda: newest(admin, "queued") is not None, "it waits")
        waiting = newest(admin, "queued")
        assert waiting is not None
        assert owner.own_job(waiting.id).place == admin.job(waiting.id).place == "paused by an admin"
        with pytest.raises(Clash, match="failed for good"):
            admin.retry_job(waiting.id)
        with pytest.raises(Forbidden):
            owner.cancel_job(waiting.id)
        admin.cancel_job(waiting.id)
        admin.resume_jobs("kind:edit")
        with pytest.raises(Cancelled, match="root has cancelled it"):
            asked.result()
    assert owner.project(project).version == 0
    wait_until(lambda: admin.job(waiting.id).state == "cancelled", "the journal tells it")
    with pytest.raises(Clash, match="ended"):
        admin.cancel_job(waiting.id)
    again = admin.retry_job(waiting.id)
    wait_until(lambda: owner.project(project).version == 1, "it is done now")
    wait_until(lambda: newest(admin, "done") is not None, "and told")
    assert admin.job(again.job).trace == admin.job(waiting.id).trace
    with pytest.raises(Clash, match="retried already"):
        admin.retry_job(waiting.id)
    told = owner.own_job(waiting.id)
    assert (told.state, told.retried_as, told.advice) == ("retried", again.job, "")
    assert (told.timeline[-1].state, told.timeline[-1].job) == ("retried", again.job)
    assert owner.own_job(again.job).retry_of == waiting.id
    assert [job.id for job in admin.all_jobs(kind="edit", user="actor", state="cancelled", retried=True)] == [
        waiting.id
    ]
    assert newest(admin, "cancelled") is None
    page = httpx.get(f"{centre.url}jobs", headers={"Authorization": "token actor", "Accept": "text/html"}).text
    assert f'/jobs/{again.job}">retried as job {again.job[:8]}<' in page
    assert f'/jobs/{waiting.id}">retry of job {waiting.id[:8]}<' in page
    for job, other in ((waiting.id, again.job), (again.job, waiting.id)):
        page = httpx.get(f"{centre.url}jobs/{job}", headers={"Authorization": "token actor"}).text
        assert f'/jobs/{other}">' in page
    acts = [entry.details for entry in admin.hub_audit() if entry.action == "hub.run-ops"]
    assert {"kind": "edit", "retried": waiting.id, "job": again.job} in acts
    assert {"kind": "edit", "cancelled": waiting.id} in acts


def test_of_a_job_that_is_not_there_nothing_can_be_done(admin: Client) -> None:
    for act in (admin.cancel_job, admin.retry_job):
        with pytest.raises(NotFound):
            act("0" * 32)
