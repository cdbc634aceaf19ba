"""No statement about acts on jobs walks through a whole table: each finds its rows by an index, and stops."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import event

from hubshare.store import job_acts
from hubshare.store.act_tables import JobAct
from hubshare.store.database import Database
from hubshare.store.job_list import JobFilter, count_by_state


def test_each_statement_finds_its_rows_by_an_index(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/acts.sqlite")
    database.migrate()
    asked: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        asked.append((statement, parameters))

    with database.read() as session:
        event.listen(database.engine, "before_cursor_execute", note)
        count_by_state(session, JobFilter(state="failed"), 10)
        act = JobAct(meant=job_acts.filter_as_json(JobFilter(state="failed")), count=9, done=0, impossible=0, below=7)
        job_acts.next_step(session, act)
        act.step = ["1", "2"]
        job_acts.jobs_of_step(session, act)
        job_acts.running_acts(session)
        job_acts.newest_number(session)
        job_acts.find_act(session, "1")
        event.remove(database.engine, "before_cursor_execute", note)
        plans = {
            statement: [
                row[3] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
            ]
            for statement, given in asked
        }
    database.close()
    assert len(plans) == 6
    assert not [plan for plan in plans.values() if any(step.startswith("SCAN job") for step in plan)], plans
    assert all(any("SEARCH" in step for step in plan) for plan in plans.values()), plans
