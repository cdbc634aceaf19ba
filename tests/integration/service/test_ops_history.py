"""What became of jobs, and what lay in the queues, is told over an hour, a day and a month."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args

from hubshare_workers.journal.sampling import sample_queues

from hubshare.store.job_rollups import Ended, add_ended
from hubshare.store.models import now
from hubshare.store.queue_depths import Sampled, add_samples
from hubshare.testing.centre import TestCentre
from hubshare.wire.api.jobs import JobState
from tests.helpers.operations import ADMIN, ask
from tests.helpers.page_visitors import Browser


def test_what_became_of_jobs_is_told_by_kind_and_over_time(centre: TestCentre) -> None:
    two_ago, long_ago = now() - timedelta(minutes=2), now() - timedelta(days=3)
    well = [Ended("counted_kind", "done", two_ago, wait, 40, 40 + wait) for wait in (10, 10, 10, 900)]
    with centre.centre.database.begin() as session:
        add_ended(session, [*well, Ended("counted_kind", "lost", two_ago, 10, None, None)])
        add_ended(session, [Ended("counted_kind", "refused", two_ago, 10, 5, 15)])
        add_ended(session, [Ended("counted_kind", "cancelled", two_ago, 10, None, None)])
        add_ended(session, [Ended("fan_out", "done", two_ago, None, 3, 50)] * 100_000)
        add_ended(session, [Ended("<b>old</b>", "done", long_ago, 10, 10, 20)])

    def history(**wanted: str) -> dict[str, Any]:
        answer = ask(centre, "watcher+ops", "GET", "history", params=wanted)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def points(found: dict[str, Any], of: str) -> list[int]:
        return [point[of] for point in found["points"]]

    hour = history(kind="counted_kind")
    (kind,) = [one for one in hour["kinds"] if one["kind"] == "counted_kind"]
    assert [kind[of] for of in ("done", "refused", "cancelled", "failed", "lost")] == [4, 2, 1, 1, 1]
    browser = Browser(centre)
    browser.sign_in("root%2Bhubadmin")
    page = browser.get("ops").text
    leads_to = {state for state in get_args(JobState) if f"jobs?state={state}&amp;kind=counted_kind&amp;" in page}
    assert leads_to == {"done", "refused", "cancelled", "lost"}, "each number leads to just what it counts"
    assert kind["wait"]["p50_ms"] <= 10 and 500 < kind["wait"]["p99_ms"] <= 1000
    # Of another kind there may be more at any time, and of this one there is not.
    assert len(hour["points"]) == 60 and sum(points(hour, "done")[-5:]) == 4 and sum(points(hour, "failed")) == 1
    assert all(point["path"]["p50_ms"] is None for point in hour["points"] if not point["done"] + point["failed"])
    assert "<b>old</b>" not in {one["kind"] for one in history(range="day")["kinds"]}
    # A stage of a job is no job: it is counted by itself.
    everything = history()
    assert everything["stages"][-1]["kind"] == "fan_out" and everything["stages"][-1]["run"]["p99_ms"] <= 5
    assert "fan_out" not in {one["kind"] for one in everything["kinds"]} and max(points(everything, "done")) < 100_000
    assert max(points(history(kind="fan_out"), "done")) >= 100_000
    queues = ask(centre, ADMIN, "GET", "queues").json()["queues"]
    assert all(max(queue["ended_by_minute"], default=0) < 100_000 for queue in queues)
    month = history(range="month", kind="<b>old</b>")
    assert len(month["points"]) == 30 and points(month, "done")[-4] == 1 == sum(points(month, "done"))
    assert ask(centre, ADMIN, "GET", "history", params={"range": "year"}).status_code == 422
    assert ask(centre, "alice", "GET", "history").status_code == 403
    browser = Browser(centre)
    browser.sign_in("root%2Bhubadmin")
    page = browser.get("ops?range=month").text
    assert "Fanned out to all who follow" in page
    assert "counted_kind" in page and "&lt;b&gt;old" in page and "<b>old" not in page
    assert page.count('<tr><th scope="row" data-value=') == 30


def test_what_lay_in_the_queues_is_told_over_time(centre: TestCentre) -> None:
    def told(range: str) -> list[Any]:
        answer = ask(centre, "watcher+ops", "GET", "history", params={"range": range})
        assert answer.is_success, answer.text
        return [point["backlog"] for point in answer.json()["points"]]

    sample_queues(centre.centre)
    assert told("hour")[-1] or told("hour")[-2], "a look at the queues is written down"
    ago = now() - timedelta(days=20)
    with centre.centre.database.begin() as session:
        add_samples(session, ago, [Sampled("apply", 7, 2, 90, 3, 4), Sampled("<b>q</b>", 1, 0, 30, 1, 4)])
        add_samples(session, now() - timedelta(minutes=30), [Sampled("apply", 10**6, 0, 9, 1, 4)])
    assert told("month")[-21] == {"waiting": 8, "delayed": 2, "oldest_seconds": 90, "busy": 1.0}
    assert told("month")[-22] is None
    queues = ask(centre, "watcher+ops", "GET", "queues").json()["queues"]
    assert {one["name"]: max(one["waiting_by_minute"], default=0) for one in queues}["apply"] == 10**6
    browser = Browser(centre)
    browser.sign_in("root%2Bhubadmin")
    assert "at most 1,000,000 jobs waited at once" in browser.get("ops/queues").text
    assert 'data-value="1000000"' in browser.get("ops").text
