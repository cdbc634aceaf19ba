"""Jobs are found among a million by an index, or by a search that goes on where it has stopped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event

from hubshare.store.database import Database
from hubshare.store.job_list import JobFilter, count_by_state, count_jobs
from hubshare.store.job_rows import JobRow, write_jobs
from hubshare.store.job_search import search_jobs, time_of_job
from hubshare.store.job_tables import Job
from hubshare.store.models import now

WORDS = "100% <b>gone</b>"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """With thirty jobs of five people, three of which have failed in that way."""
    made = Database(f"sqlite:///{tmp_path_factory.mktemp('jobs')}/jobs.sqlite")
    made.migrate()
    told = {"kind": "edit", "project_id": "p"}
    with made.begin() as session:
        rows = [JobRow(f"j{number}", now(), now(), state="done", user=f"u{number % 5}", **told) for number in range(30)]
        for row in (rows[4], rows[14], rows[24]):
            row.state, row.error = "failed", WORDS
        write_jobs(session, rows, [])
    yield made
    made.close()


@pytest.mark.parametrize("more", [{}, {"since": now()}], ids=["ever", "lately"])
def test_no_search_walks_through_all_jobs(database: Database, more: dict[str, Any]) -> None:
    exact: dict[str, Any] = {
        "state": "failed",
        "kind": "edit",
        "project": "p",
        "user": "u4",
        "trace": "x",
        "ids": ("j1", "j2"),
    }
    by_index = [{name: exact[name]} for name in exact]
    by_index += [{"state": "failed", name: exact[name]} for name in ("kind", "project", "user")]
    searched: list[dict[str, Any]] = [{"text": "gone"}, {"kind": "edit", "user": "u4"}, exact | {"text": "gone"}]
    searched += [{"queue": "apply"}, {"state": "failed", "queue": "apply"}]
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        asked.append((statement, parameters))

    with database.read() as session:
        for wanted in [*by_index, *searched]:
            asked.clear()
            event.listen(database.engine, "before_cursor_execute", note)
            search_jobs(session, JobFilter(**wanted, **more), 20, 3)
            count_jobs(session, JobFilter(**wanted, **more))
            count_by_state(session, JobFilter(**wanted, **more), 20)
            event.remove(database.engine, "before_cursor_execute", note)
            assert len(asked) >= 3
            connection = session.connection()
            for statement, given in asked:
                plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)]
                assert not [step for step in plan if step.startswith("SCAN jobs")], (wanted, plan)
                ordered = not any("TEMP B-TREE FOR ORDER" in step for step in plan)
                steps = [step for step in plan if step.startswith("SEARCH jobs")]
                # Words are looked for among so many of the newest jobs that are not done, and what has them is put in order.
                bounded = "text" in wanted and "state=? AND number>?" in steps[0]
                assert ordered or bounded or {"trace", "ids"} & wanted.keys(), (wanted, plan)
                if wanted in by_index[6:]:
                    assert any("_and_state (" in step and "state=?" in step for step in steps), (wanted, plan)


def test_a_search_finds_all_and_says_when_it_has_ended(database: Database) -> None:
    with database.read() as session:
        found = search_jobs(session, JobFilter(text="100%"), None, 10)
        assert [job.id for job in found.jobs] == ["j24", "j14", "j4"] and found.below is None
        assert [job.id for job in search_jobs(session, JobFilter(text=WORDS), found.jobs[0].number, 1).jobs] == ["j14"]
        assert search_jobs(session, JobFilter(text="100_"), None, 10) == ([], None)
        assert len(search_jobs(session, JobFilter(user="u4", kind="edit", state="failed"), None, 10).jobs) == 3
        assert search_jobs(session, JobFilter(user="u3", kind="edit", state="failed"), None, 10) == ([], None)


def test_a_search_that_takes_too_long_goes_on_where_it_has_stopped(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hubshare.store.job_search._FIRST", 7)
    found, below = list[str](), list[int | None]([None])
    with database.read() as session:
        while not below[1:] or below[-1] is not None:
            some = search_jobs(session, JobFilter(text="gone"), below[-1], 10, seconds=0)
            found += [job.id for job in some.jobs]
            below.append(some.below)
        assert found == ["j24", "j14", "j4"] and below == [None, 24, 17, 10, 3, None]
        first = session.get_one(Job, 17)
        assert time_of_job(session, 17) == first.queued
