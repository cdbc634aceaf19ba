"""What became of jobs: each person sees their own, an admin of the Hub everybody's, and nobody what they may not know."""

from __future__ import annotations

from functools import partial
from typing import Any

import httpx
import pytest
from sqlalchemy import delete

from hubshare.jobs.journal import clock
from hubshare.store.job_search import search_jobs
from hubshare.store.job_tables import Job
from hubshare.store.models import Grant
from hubshare.testing.centre import TestCentre
from tests.helpers.access_fixture import Stage, Stages
from tests.helpers.job_acts import add_job
from tests.helpers.stage_requests import ask
from tests.helpers.statements import counted

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def stage(stages: Stages) -> Stage:
    made = stages.new()
    with made.centre.centre.database.begin() as session:
        session.execute(delete(Job))
    return made


def listed(stage: Stage, token: str, path: str = "/me/jobs", **wanted: Any) -> list[dict[str, Any]]:
    answer = stage.api(token, "GET", path, params=wanted)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def test_everybody_sees_their_own_with_what_to_do_and_an_admin_sees_all(stage: Stage) -> None:
    writer, owner = stage["writer"], stage["owner"]
    told = {
        "code": "too-large",
        "error": f"{SCRIPT}.bin is too large.",
        "traceback": 'File "x.py"',
        "arguments": '{"a": "b"}',
    }
    job = add_job(stage, writer.user, **told)
    add_job(stage, owner.user, kind="edit")
    [mine] = listed(stage, writer.token)
    assert (mine["id"], mine["project"], mine["error"]) == (job, stage.full, told["error"])
    assert "Nothing is lost" in mine["advice"]
    assert "ask for it once more" in listed(stage, owner.token)[0]["advice"]
    whole = ask(stage, "writer", "GET", f"/me/jobs/{job}").json()
    assert [step["state"] for step in whole["timeline"]] == ["running", "failed"]
    assert (whole["arguments"], whole["traceback"], whole["timeline"][0]["worker"]) == ({}, "", "")
    assert ask(stage, "owner", "GET", f"/me/jobs/{job}").status_code == 404
    assert {one["user"] for one in listed(stage, "boss+hubadmin", "/jobs", state="failed")} == {writer.user, owner.user}
    whole = stage.api("boss+hubadmin", "GET", f"/jobs/{job}").json()
    assert (whole["arguments"], whole["traceback"], whole["timeline"][0]["worker"]) == (
        {"a": "b"},
        'File "x.py"',
        "w:1",
    )


def test_jobs_of_a_project_that_was_deleted_are_still_found_by_who_runs_the_hub(stage: Stage) -> None:
    owner = stage["owner"]
    job = add_job(stage, owner.user, kind="edit")
    assert stage.api(owner.token, "DELETE", f"/projects/{stage.full}").is_success
    [told] = listed(stage, "boss+hubadmin", "/jobs", project=stage.full)
    assert (told["id"], told["project"]) == (job, stage.full), "the page of the job leads there"
    assert stage.api(owner.token, "GET", "/me/jobs", params={"project": stage.full}).status_code == 404


def test_who_has_lost_access_is_told_nothing_more_of_the_project(stage: Stage) -> None:
    writer = stage["writer"]
    job = add_job(stage, writer.user, error="theirs.txt is new", version=7, outcome="merged")
    with stage.centre.centre.database.begin() as session:
        session.execute(delete(Grant).where(Grant.project_id == stage.id, Grant.subject == writer.user))
    assert stage.api(writer.token, "GET", f"/projects/{stage.full}").status_code == 404
    for answer in (stage.api(writer.token, "GET", "/me/jobs"), stage.api(writer.token, "GET", f"/me/jobs/{job}")):
        assert job in answer.text
        assert not {text for text in (stage.name, "theirs.txt", "merged") if text in answer.text}
        assert '"version":null' in answer.text
    missing = {"project": "no/such"}
    refused = stage.api(writer.token, "GET", "/me/jobs", params={"project": stage.full})
    assert refused.status_code == stage.api(writer.token, "GET", "/me/jobs", params=missing).status_code == 404
    assert refused.json()["detail"] == stage.api(writer.token, "GET", "/me/jobs", params=missing).json()["detail"]


def test_what_is_looked_for_is_found(stage: Stage) -> None:
    boss = "boss+hubadmin"
    writer = stage["writer"].user
    failed = add_job(stage, writer, "failed", error="It broke 100%.", trace="ab" * 16)
    edit = add_job(stage, stage["owner"].user, "edit", kind="edit", project="", queued=clock() - 7_200_000)

    def ids(**wanted: Any) -> list[str]:
        # The workers of the stage have jobs as well.
        return [one["id"] for one in listed(stage, boss, "/jobs", **wanted) if one["id"] in (failed, edit)]

    assert ids() == [edit, failed]
    assert ids(kind="edit") == [edit]
    assert ids(user=writer) == ids(project=stage.full) == ids(text="100%") == ids(trace="ab" * 16) == [failed]
    assert ids(trace=failed) == ids(hours=1) == [failed]
    assert ids(state="done") == ids(text="100_") == []
    # As a form sends it whose fields were left empty.
    assert ids(state="", hours="", kind="", text="") == [edit, failed]
    page = {"limit": 1, "state": "failed"}
    first = stage.api(boss, "GET", "/jobs", params=page).json()
    second = stage.api(boss, "GET", "/jobs", params=page | {"after": first["next"]}).json()
    assert [one["id"] for page in (first, second) for one in page["items"]] == [edit, failed]
    assert second["next"] is None
    for wanted in ({"state": "odd"}, {"hours": 0}, {"hours": 10**9}, {"trace": "a b"}, {"text": "\0"}):
        assert stage.api(boss, "GET", "/jobs", params=wanted).status_code == 422, wanted


def test_the_jobs_that_made_a_version_are_a_list_of_their_own(stage: Stage) -> None:
    writer = stage["writer"].user
    made = add_job(stage, writer, "made", state="done", outcome="applied", version=3)
    add_job(stage, writer, "made nothing", state="done", outcome="conflict")
    assert [one["id"] for one in listed(stage, "boss+hubadmin", "/jobs", published=True)] == [made]
    headers = {"Authorization": "token boss+hubadmin"}
    page = httpx.get(f"{stage.centre.url}ops/jobs?published=true", headers=headers, timeout=30).text
    assert "that made a version" in page and f'id="job-{made}"' in page


def test_the_pages_show_hostile_text_as_text(stage: Stage, centre: TestCentre) -> None:
    hostile = {"kind": SCRIPT, "error": SCRIPT, "worker": SCRIPT, "token": SCRIPT, "code": SCRIPT, "traceback": SCRIPT}
    job = add_job(stage, stage["writer"].user, **hostile, arguments=f'{{"{SCRIPT}": "{SCRIPT}"}}')
    for token, path in (
        (stage["writer"].token, "jobs"),
        (stage["writer"].token, f"jobs/{job}"),
        ("boss+hubadmin", f"ops/jobs?text=alert&kind={SCRIPT}"),
        ("boss+hubadmin", f"ops/jobs/{job}"),
    ):
        page = httpx.get(f"{centre.url}{path}", headers={"Authorization": f"token {token}", "Accept": "text/html"})
        assert page.status_code == 200, page.text
        assert SCRIPT not in page.text, path
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text, path
    page = httpx.get(f"{centre.url}ops/jobs?user=nobody", headers={"Authorization": "token boss+hubadmin"})
    assert "No jobs match." in page.text and "0 jobs" in page.text


def test_a_search_that_takes_long_says_how_far_it_came_and_goes_on(
    stage: Stage, centre: TestCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = stage["writer"]
    old = add_job(stage, writer.user, "old", error="a rare needle")
    for name in "abc":
        add_job(stage, writer.user, name)
    monkeypatch.setattr("hubshare.store.job_search._FIRST", 2)
    monkeypatch.setattr("hubshare.operations.jobs.search_jobs", partial(search_jobs, seconds=0))
    first = stage.api(writer.token, "GET", "/me/jobs", params={"text": "needle"}).json()
    assert first["items"] == [] and first["searched_since"]
    page = httpx.get(f"{centre.url}jobs?text=needle", headers={"Authorization": f"token {writer.token}"}).text
    assert "No jobs match so far." in page and "Looked through the jobs since" in page
    found, tries = first, 0
    # Jobs of the stage's own workers may lie between.
    while found["next"] and tries < 100:
        wanted = {"text": "needle", "after": found["next"]}
        found, tries = stage.api(writer.token, "GET", "/me/jobs", params=wanted).json(), tries + 1
        if found["items"]:
            assert [one["id"] for one in found["items"]] == [old]
            return
    raise AssertionError("the job is not found")


def test_pages_ask_as_little_for_many_jobs_as_for_one(stage: Stage, stages: Stages, centre: TestCentre) -> None:
    def asked(path: str) -> int:
        headers = {"Authorization": "token boss+hubadmin"}
        answer, statements = counted(stages, lambda: httpx.get(f"{centre.url}{path}", headers=headers, timeout=30))
        assert answer.status_code == 200, (path, answer.text)
        return len(statements)

    pages = (
        "ops/jobs",
        "ops/jobs?state=failed",
        "ops/jobs?text=x",
        "ops/acts/new?verb=retry&state=failed",
        "ops/projects",
    )
    add_job(stage, "first")
    few = {page: asked(page) for page in pages}
    for number in range(30):
        add_job(stage, f"someone-{number}", project=stage.id if number % 2 else f"p{number}")
    assert {page: asked(page) for page in pages} == few
    assert max(few.values()) < 16, few
