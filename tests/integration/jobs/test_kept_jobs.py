"""Jobs that are kept: their lists, what is counted of them over time, and what is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hubshare_workers.journal.following import follow
from sqlalchemy import select

from hubshare.jobs.journal import LAST, PASSING, Note
from hubshare.store.database import Database
from hubshare.store.job_list import (
    COUNTED,
    WITH_WORDS,
    JobFilter,
    count_jobs,
    forget_jobs,
    forget_jobs_of,
    list_jobs,
    users_with_more,
)
from hubshare.store.job_rollups import Counted, Ended, add_ended, counted_since
from hubshare.store.job_rows import JobRow, write_jobs
from hubshare.store.job_tables import Job
from hubshare.store.models import now
from hubshare.store.queue_depths import Sampled, add_samples, forget_samples, sampled_since
from hubshare.store.retries import note_retried


def name_of(number: int) -> str:
    return f"{number:032x}"


def test_lists_are_paged_filtered_and_forgotten(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def job(number: int, **more: Any) -> JobRow:
        note = Note(name_of(number), "failed" if number % 2 else "done", number * 1000, queued=number * 1000, **more)
        return follow(None, [note])

    with database.begin() as session:
        jobs = [
            job(
                n,
                user="alice" if n < 6 else "bob",
                kind="edit",
                error="100% gone" if n == 3 else "",
                worker="w",
                queue="ab"[n // 8],
            )
            for n in range(10)
        ]
        write_jobs(session, jobs, [])

    def listed(before: int | None = None, most: int = 10, **wanted: Any) -> list[int]:
        with database.read() as session:
            found = list_jobs(session, JobFilter(**wanted), before, most)
            assert count_jobs(session, JobFilter(**wanted)) >= len(found)
            return [int(row.id, 16) for row in found]

    assert listed(most=3) == [9, 8, 7]
    with database.read() as session:
        seventh = session.scalars(select(Job.number).where(Job.id == name_of(7))).one()
    assert listed(before=seventh, most=2) == [6, 5]
    assert listed(user="alice", state="failed") == [5, 3, 1]
    assert listed(text="0%") == [3]
    assert listed(text="_") == []
    assert listed(queue="b") == [9, 8] and listed(queue="a", state="failed", user="bob") == [7]
    assert {*WITH_WORDS, "done"} == {*PASSING, *LAST}, "a new state is searched, too"
    assert listed(trace=name_of(4)) == [4]
    assert listed(since=now()) == []
    assert listed(since=follow(None, [Note("x", "queued", 8000)]).queued) == [9, 8]
    with database.begin() as session:
        note_retried(session, [name_of(5), name_of(4)], 0)
    assert listed(state="failed") == [9, 7, 3, 1], "and what was done is as it was"
    assert listed(state="failed", retried=True, most=3) == [9, 7, 5]
    assert listed(state="failed", retried=True, before=seventh) == [5, 3, 1]
    assert listed(state="retried", retried=True) == listed(state="retried") == [5], "each once"
    monkeypatch.setattr("hubshare.store.job_list.SEARCHED", 5)
    assert listed(text="0%") == []
    assert COUNTED > 10
    monkeypatch.setattr("hubshare.store.job_list._FORGOTTEN", 3)
    passes: Callable[[], list[bool]] = lambda: [_forget(database, 8000, 1000) for _ in range(3)]  # noqa: E731
    assert passes() == [True, True, False]
    assert listed() == [9, 8]
    assert not _forget(database, 0, 1)
    assert listed() == [9]


def test_what_was_retried_is_listed_beside_the_state_in_which_it_was_alone(database: Database) -> None:
    ended = {1: "failed", 2: "cancelled", 3: "done", 4: "failed", 5: "cancelled"}
    notes = [Note(name_of(n), state, n * 1000, code=state if n != 3 else "") for n, state in ended.items()]
    with database.begin() as session:
        write_jobs(session, [follow(None, [note]) for note in notes], [])
    with database.begin() as session:
        note_retried(session, [name_of(1), name_of(2)], 0)

    def listed(state: str) -> list[int]:
        wanted = JobFilter(state=state, retried=True)
        with database.read() as session:
            found = [int(row.id, 16) for row in list_jobs(session, wanted, None, 10)]
            assert count_jobs(session, wanted) == len(found)
            return found

    assert (listed("failed"), listed("cancelled"), listed("done")) == ([4, 1], [5, 2], [3])
    assert listed("retried") == [2, 1], "each once"


def test_what_has_not_changed_of_a_chart_is_not_read_again(database: Database) -> None:
    at = datetime(2026, 3, 1, 12)
    minutes = [at + timedelta(minutes=minute) for minute in range(3)]
    known: dict[datetime, list[Counted]] = {}

    def seen(begin: datetime) -> list[Counted]:
        with database.read() as session:
            found = sorted(counted_since(session, "minute", begin, known))
            assert found == sorted(counted_since(session, "minute", begin))
            return found

    def add(*ends: datetime) -> None:
        with database.begin() as session:
            add_ended(session, [Ended("edit", "done", end, 1, 2, 3) for end in ends])

    add(*minutes)
    assert [one.number for one in seen(at)] == [1, 1, 1]
    first = dict(known)
    add(minutes[1], minutes[1] + timedelta(hours=1))
    assert [one.number for one in seen(at)] == [1, 2, 1, 1]
    assert known[minutes[0]] is first[minutes[0]]
    assert [one.number for one in seen(minutes[2])] == [1, 1]
    assert known.keys() == {minutes[2], minutes[1] + timedelta(hours=1)}


def test_what_lay_in_the_queues_is_added_up_and_forgotten(database: Database) -> None:
    at = datetime(2026, 3, 1, 23, 59, 10)
    first, second = Sampled("apply", 3, 1, 9, 2, 4), Sampled("apply", 5, 0, 4, 1, 4)
    other = Sampled("render", 1, 1, 1, 1, 4)
    with database.begin() as session:
        add_samples(session, at, [first, other])
        add_samples(session, at + timedelta(seconds=30), [second])
        add_samples(session, at + timedelta(minutes=2), [second])

    def seen(span: str, begin: datetime) -> list[tuple[datetime, Sampled]]:
        with database.read() as session:
            return sorted(sampled_since(session, span, begin))

    both = Sampled("apply", 5, 1, 9, 3, 8)
    minute, midnight = datetime(2026, 3, 1, 23, 59), datetime(2026, 3, 2)
    assert seen("minute", minute) == [(minute, both), (minute, other), (midnight + timedelta(minutes=1), second)]
    assert seen("day", midnight) == [(midnight, second)]
    with database.begin() as session:
        forget_samples(session, at + timedelta(days=3))
    assert seen("minute", minute) == [] and len(seen("hour", datetime(2026, 3, 1))) == 3


def test_somebody_with_very_many_jobs_pushes_out_nobody_elses(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = ["bob", *["mallory"] * 9, "", "", "", "", "bob"]
    with database.begin() as session:
        jobs = [follow(None, [Note(f"{n:032x}", "done", n, user=user)]) for n, user in enumerate(who, start=100)]
        write_jobs(session, jobs, [])

    def left(user: str) -> list[int]:
        with database.read() as session:
            return sorted(int(row.id, 16) for row in list_jobs(session, JobFilter(user=user), None, 100))

    monkeypatch.setattr("hubshare.store.job_list._FORGOTTEN", 3)
    with database.read() as session:
        assert users_with_more(session, 2) == ["mallory"] and users_with_more(session, 9) == []
    more = []
    for _ in range(3):
        with database.begin() as session:
            more.append(forget_jobs_of(session, "mallory", 2))
            assert not forget_jobs_of(session, "bob", 2)
    assert more == [True, True, False]
    assert left("mallory") == [108, 109] and left("bob") == [100, 114]
    with database.read() as session:
        assert users_with_more(session, 2) == []


def _forget(database: Database, before: int, most: int) -> bool:
    with database.begin() as session:
        return forget_jobs(session, follow(None, [Note("x", "queued", before)]).queued, most)
