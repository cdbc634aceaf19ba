"""Admins act on many jobs: they are shown which, just those are acted on, and each is counted once, whoever dies meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import update

from hubshare.client import Client
from hubshare.errors import Changed, Clash, TooMany
from hubshare.jobs.line import find_place
from hubshare.jobs.presence import Queued
from hubshare.operations.ops import acting, job_verbs
from hubshare.store import job_acts
from hubshare.store.act_tables import JobAct as Row
from hubshare.store.job_list import JobFilter, find_job
from hubshare.store.job_tables import Job
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.api import JobAct
from tests.helpers.dead_jobs import kill_jobs, states, tell_of_jobs


@pytest.fixture
def admin(centre: TestCentre) -> Iterator[Client]:
    with Client(centre.url, "root+hubadmin") as client:
        client.pause_jobs("kind:index", "acts are looked at")
        yield client
        client.resume_jobs("kind:index")


def ended(admin: Client, act: JobAct) -> JobAct:
    wait_until(lambda: admin.job_act(act.id).state != "running", "the act has ended")
    return admin.job_act(act.id)


def test_what_was_shown_is_done_and_counted_with_what_is_in_the_way(centre: TestCentre, admin: Client) -> None:
    dead = kill_jobs(centre, "many", 3)
    tell_of_jobs(centre, "many", "failed")
    tell_of_jobs(centre, "many", "failed", kind="push", error="<script>alert(1)</script>")
    tell_of_jobs(centre, "many", "done")
    shown = admin.preview_job_act("retry", state="failed", user="many")
    assert (shown.count, shown.possible, shown.reasons, shown.more) == (5, 4, {"sent-again": 1}, False)
    assert [job.kind for job in shown.sample] == ["push", "index", "index", "index", "index"]
    # Which jobs are meant was lost on the way, or is another thing than what was shown.
    for lost in ({"user": "many"}, {"state": "failed"}, {"state": "failed", "user": "many", "jobs": dead[:1]}, {}):
        with pytest.raises(Changed, match="not what was shown"):
            admin.begin_job_act("retry", shown.confirm, **lost)
    with pytest.raises(Changed, match="not what was shown"):
        admin.begin_job_act("delete", shown.confirm, state="failed", user="many")
    later = tell_of_jobs(centre, "many", "failed")
    begun = admin.begin_job_act("retry", shown.confirm, state="failed", user="many")
    assert (begun.count, begun.filter) == (5, {"state": "failed", "user": "many"})
    told = ended(admin, begun)
    assert (told.state, told.done, told.impossible, told.left) == ("done", 3, 2, 0), told
    assert told.reasons == {"sent-again": 1, "not-on-queue": 1}
    wait_until(lambda: len([*admin.all_jobs(state="queued", user="many")]) == 3, "they are on the queue")
    # They need nothing any more, and are not offered once more.
    assert states(centre, dead) == ["retried"] * 3
    once_more = admin.preview_job_act("retry", state="failed", user="many")
    assert (once_more.count, {job.id for job in once_more.sample} & {*dead}) == (3, set())
    assert admin.preview_job_act("retry", jobs=dead).reasons == {"retried": 3}
    assert len([*admin.all_jobs(state="failed", user="many", retried=True)]) == 6
    entries = [one.details for one in admin.hub_audit() if one.details.get("act") == begun.id]
    assert [(one.get("jobs"), one.get("ended"), one.get("done")) for one in entries] == [
        (None, "done", 3),
        (5, None, None),
    ]
    assert next(iter(admin.job_acts())).id == begun.id

    waiting = admin.preview_job_act("cancel", state="queued", user="many")
    told = ended(admin, admin.begin_job_act("cancel", waiting.confirm, state="queued", user="many"))
    assert (told.state, told.done) == ("done", 3)
    admin.resume_jobs("kind:index")
    wait_until(lambda: len([*admin.all_jobs(state="cancelled", user="many")]) == 3, "their turn has come")

    marked = admin.preview_job_act("delete", jobs=[*dead, *later])
    told = ended(admin, admin.begin_job_act("delete", marked.confirm, jobs=[*dead, *later]))
    assert (told.done, told.marked, told.filter) == (4, 4, {})
    assert states(centre, [*dead, *later]) == [""] * 4
    assert len([*admin.all_jobs(user="many")]) == 6


def test_a_job_is_not_retried_by_what_is_left_of_another_with_the_same_work(centre: TestCentre, admin: Client) -> None:
    [later] = kill_jobs(centre, "same", 1)
    with centre.centre.database.read() as session:
        known = find_job(session, later)
        assert known is not None
    # The same failed before; or it was retried, and that has failed again and is not in the list yet.
    [earlier] = tell_of_jobs(centre, "same", "failed", message=known.message)
    with pytest.raises(Clash, match="see the newer ones"):
        admin.retry_job(earlier)
    assert states(centre, [earlier, later]) == ["failed", "failed"]
    again = admin.retry_job(later)
    assert admin.job(later).retried_as == again.job


def test_more_jobs_than_were_shown_are_not_acted_on(centre: TestCentre, admin: Client) -> None:
    [job, moves] = tell_of_jobs(centre, "growing", "failed") + tell_of_jobs(centre, "growing", "running")
    shown = admin.preview_job_act("delete", state="failed", user="growing")
    with centre.centre.database.begin() as session:
        session.execute(update(Job).where(Job.id == moves).values(state="failed"))
    with pytest.raises(Changed, match="2 jobs are like that by now, and not 1"):
        admin.begin_job_act("delete", shown.confirm, state="failed", user="growing")
    with pytest.raises(Clash, match="No job"):
        admin.begin_job_act("delete", admin.preview_job_act("delete", user="nobody").confirm, user="nobody")
    assert states(centre, [job, moves]) == ["failed", "failed"]


def act_of(centre: TestCentre, verb: str, user: str, count: int) -> str:
    """An act as `begin_act` writes it down, of which the queue does not know."""
    with centre.centre.database.begin() as session:
        act = Row(
            id=f"{verb}{user}".ljust(32, "0"),
            verb=verb,
            wanted={"marked": 0},
            meant=job_acts.filter_as_json(JobFilter(user=user)),
            count=count,
            below=job_acts.newest_number(session) + 1,
            step=[],
            reasons={},
            user="stopped",
            door="api",
            token="",
        )
        job_acts.add_act(session, act)
        return act.id


def read(centre: TestCentre, act: str) -> Row:
    with centre.centre.database.read() as session:
        found = job_acts.find_act(session, act)
        assert found is not None
        return found


@pytest.mark.parametrize("verb", ["retry", "delete"])
def test_who_dies_before_a_step_is_counted_has_counted_nothing_twice(
    centre: TestCentre, admin: Client, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_acts, "STEP", 2)
    user = f"dying-{verb}"
    kill_jobs(centre, user, 3)
    act = act_of(centre, verb, user, 3)

    def die(*_: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as dying, pytest.raises(RuntimeError, match="killed"):
        dying.setattr(job_acts, "count_step", die)
        acting.take_step(centre.centre, act)
    begun = read(centre, act)
    assert len(begun.step) == 2 and begun.done == 0
    if verb == "retry":
        # What was retried has ended by the time that somebody goes on.
        admin.resume_jobs("kind:index")
        wait_until(lambda: len([*admin.all_jobs(state="done", user=user)]) == 2, "they are done")
    while acting.take_step(centre.centre, act):
        pass
    told = read(centre, act)
    assert (told.state, told.done, told.impossible, told.step) == ("done", 3, 0, []), told.reasons
    if verb == "retry":
        wait_until(lambda: len([*admin.all_jobs(state="done", user=user)]) == 3, "each was done once")


def test_two_processes_that_take_one_step_count_it_once(
    centre: TestCentre, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_jobs(centre, "twice", 2)
    act, do, others = act_of(centre, "retry", "twice", 2), job_verbs.retry, [acting.take_step]

    def retry(*args: Any) -> str:
        told = do(*args)
        if others:
            assert others.pop()(centre.centre, act)
        return told

    monkeypatch.setattr(job_verbs, "retry", retry)
    while acting.take_step(centre.centre, act):
        pass
    told = read(centre, act)
    assert (told.state, told.done, told.impossible) == ("done", 2, 0), told.reasons


def test_an_act_is_cancelled_and_each_admin_has_one_at_a_time(centre: TestCentre, admin: Client) -> None:
    jobs = tell_of_jobs(centre, "cut", "done", 3)
    act = act_of(centre, "delete", "cut", 0)
    with centre.centre.database.begin() as session:
        session.execute(update(Row).where(Row.id == act).values(user="root"))
    shown = admin.preview_job_act("delete", user="cut")
    with pytest.raises(TooMany, match="still running"):
        admin.begin_job_act("delete", shown.confirm, user="cut")
    told = admin.cancel_job_act(act)
    assert (told.state, told.error) == ("cancelled", "root has cancelled it.")
    assert not acting.take_step(centre.centre, act)
    assert states(centre, jobs) == ["done"] * 3
    with pytest.raises(Clash, match="ended already"):
        admin.cancel_job_act(act)


def test_the_pages_show_what_would_be_done_do_it_and_save_searches(centre: TestCentre, admin: Client) -> None:
    hostile = "<script>alert(1)</script>"
    jobs = tell_of_jobs(centre, hostile, "failed", 3, error=hostile, kind="edit")
    tell_of_jobs(centre, hostile, "done", kind="edit")
    where = {"state": "failed", "user": hostile}
    with httpx.Client(base_url=centre.url, headers={"Authorization": "token root+hubadmin"}) as browser:

        def page(path: str, **query: Any) -> str:
            answer = browser.get(path, params=query)
            assert answer.status_code == 200 and hostile not in answer.text, answer.text
            return answer.text

        assert "Failed for good" in page("ops/jobs", **where) and 'type="checkbox" name="jobs"' not in page(
            "ops/jobs", **where
        )
        assert page("ops/jobs", **where, mark="true").count('type="checkbox" name="jobs"') == 3
        assert browser.get("ops/acts/new", params=where | {"verb": "delete", "mark": "true"}).status_code == 422
        shown = page("ops/acts/new", **where, verb="delete", jobs=jobs[:2], mark="true")
        assert "Delete 2 jobs?" in shown
        [confirm] = re.findall(r'name="confirm" value="([^"]+)"', shown)
        form = {"verb": "delete", "confirm": confirm, "jobs": jobs[:2]}
        # A filter, or marks, that were lost on the way.
        assert browser.post("ops/acts", params={"user": hostile}, data=form).status_code == 412
        assert browser.post("ops/acts", params=where, data=form | {"jobs": []}).status_code == 412
        begun = browser.post("ops/acts", params=where, data=form)
        assert begun.status_code == 303, begun.text
        act = begun.headers["location"].rsplit("/", 1)[1]
        wait_until(lambda: admin.job_act(act).state == "done", "it is done")
        assert "Delete 2 jobs" in page(f"ops/acts/{act}") and f"ops/acts/{act}" in page("ops/acts")
        assert states(centre, jobs) == ["", "", "failed"]

        saved = browser.post("ops/jobs/searches", params=where, data={"name": hostile, "shared": "true"})
        assert saved.status_code == 303
        assert browser.post("ops/jobs/searches", data={"name": "all of them"}).status_code == 409
        other = {"Authorization": "token other+hubadmin"}
        seen = browser.get("ops/jobs", headers=other).text
        [number] = re.findall(r'name="search" value="(\d+)"', seen)
        assert f"?{urlencode(where)}".replace("&", "&amp;") in seen and hostile not in seen
        assert browser.post("ops/jobs/searches/delete", headers=other, data={"search": number}).status_code == 303
        assert 'name="search"' not in page("ops/jobs")


def test_a_job_in_line_has_a_place_there(centre: TestCentre, admin: Client) -> None:
    admin.pause_jobs("queue:index", "places are looked at")
    try:
        jobs = [admin.retry_job(job).job for job in kill_jobs(centre, "in-line", 2)]
        wait_until(lambda: states(centre, jobs) == ["queued"] * 2, "the journal tells it")
        with centre.centre.database.read() as session:
            rows = [find_job(session, job) for job in jobs]
        places = [
            find_place(centre.centre.bus.redis, Queued(row.queue, row.user, row.message, row.attempt))
            for row in rows
            if row
        ]
        assert [place and (place.own, place.paused) for place in places] == [(1, True), (2, True)]
    finally:
        admin.resume_jobs("queue:index")
