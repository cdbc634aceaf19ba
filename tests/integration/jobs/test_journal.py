"""The journal of jobs: what workers note is in the tables once, whoever dies or is away meanwhile."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import fakeredis
import pytest
import redis
from hubshare_workers.journal.following import follow, time_of
from hubshare_workers.journal.reader import JournalReader
from hubshare_workers.middleware import NoteJobs
from sqlalchemy import select

from hubshare.errors import Clash, Unavailable
from hubshare.jobs import APPLY, OutboxEntry, make_broker
from hubshare.jobs import journal as journals
from hubshare.jobs.ends import JobEnd
from hubshare.jobs.journal import JOURNAL, LAST, Journal, Note, clock, decode_notes, encode_notes, seconds_behind, tell
from hubshare.store.database import Database
from hubshare.store.job_rollups import counted_since
from hubshare.store.job_rows import JobRow
from hubshare.store.job_tables import Job, JobRollup
from hubshare.store.token_uses import seen_of, uses_of
from hubshare.testing.centre import wait_until
from tests.helpers.worker_cluster import Cluster

QUICK = replace(APPLY, min_backoff=5, max_backoff=5, max_retries=2)


class Work:
    """A job that raises what the test says, by the entry that it is about."""

    __name__ = "work"

    def __init__(self) -> None:
        self.raised: dict[str, list[Exception]] = {}

    def __call__(self, outbox: str, entry: str) -> None:
        tell(kind="push", project="b" * 32)
        if left := self.raised.get(entry):
            raise left.pop(0)


def noted(client: Any) -> dict[str, JobRow]:
    """What the notes of all jobs tell, by the entry that each is about."""
    by_job: dict[str, list[Note]] = {}
    for _, fields in client.xrange(JOURNAL):
        for note in decode_notes(fields[b"notes"]):
            by_job.setdefault(note.job, []).append(note)
    rows = [follow(None, notes) for notes in by_job.values()]
    assert len({row.message for row in rows}) == len(rows), "each was put on the queue once"
    return {row.message.rpartition(":")[2]: row for row in rows}


def test_each_job_is_noted_with_its_tries_and_its_end(cluster: Cluster) -> None:
    work = Work()
    work.raised = {
        "weary": [Unavailable("busy"), ValueError("<script>alert(1)</script>")],
        "hopeless": [Clash("It is too late.")],
        "broken": [ZeroDivisionError("no")] * 3,
    }
    broker = cluster.broker()
    for entry in ("fine", "weary", "hopeless", "broken"):
        for _ in range(2):
            QUICK.enqueue(broker, OutboxEntry("alice", entry), "alice")
    cluster.worker(work, NoteJobs(), policy=QUICK, threads=1)
    client = cluster.connect()

    def ended() -> bool:
        return len(found := noted(client)) == 4 and all(row.state in LAST for row in found.values())

    wait_until(ended, "all jobs have ended")
    found = noted(client)
    assert {entry: (row.state, row.attempt, row.code) for entry, row in found.items()} == {
        "fine": ("done", 1, ""),
        "weary": ("done", 3, ""),
        "hopeless": ("failed", 1, "clash"),
        "broken": ("failed", 3, "ZeroDivisionError"),
    }
    assert {(row.user, row.kind, row.project_id) for row in found.values()} == {("alice", "push", "b" * 32)}
    weary = found["weary"]
    assert [one["error"] for one in weary.timeline if one["state"] == "waiting"] == [
        "busy",
        "<script>alert(1)</script>",
    ]
    assert all(one["due"] >= weary.timeline[0]["at"] for one in weary.timeline if one["state"] == "waiting")
    assert "in __call__" in found["broken"].traceback
    assert not found["hopeless"].traceback


def test_jobs_do_not_wait_for_a_journal_that_cannot_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    server = fakeredis.FakeServer()
    client = fakeredis.FakeRedis(server=server)
    journal = Journal(client)
    monkeypatch.setattr(journals, "_MOST", 3)
    server.connected = False
    monkeypatch.setattr(journal, "_begin", lambda: None)
    for at in range(5):
        journal.add(Note("a" * 32, "queued", at))
    assert journal.dropped == 2
    journal.flush()
    assert journal.dropped == 5
    server.connected = True
    journal.add(Note("b" * 32, "queued", 9))
    journal.flush()
    assert client.xlen(JOURNAL) == 1


def test_a_try_that_lasts_is_told_to_have_begun_though_nothing_else_is_noted() -> None:
    client = fakeredis.FakeRedis()
    journal = Journal(client)
    try:
        journal.add(Note("a" * 32, "running", clock()))
        wait_until(lambda: client.xlen(JOURNAL) == 1, "it is told")
        journal.add(Note("b" * 32, "running", clock()))
    finally:
        journal.close()
    told = [note.job[0] for _, fields in client.xrange(JOURNAL) for note in decode_notes(fields[b"notes"])]
    assert told == ["a", "b"], "at the end all is told"


def test_a_journal_that_is_closed_at_any_moment_ends_with_all_told(monkeypatch: pytest.MonkeyPatch) -> None:
    client = fakeredis.FakeRedis()
    journal = Journal(client)
    clear = journal._some.clear

    def closed_meanwhile() -> None:
        for event in (journal._ended, journal._many, journal._some):
            event.set()
        clear()

    monkeypatch.setattr(journal._some, "clear", closed_meanwhile)
    journal.add(Note("a" * 32, "queued", clock()))
    teller = journal._teller
    assert teller is not None
    teller.join(timeout=5)
    assert not teller.is_alive() and client.xlen(JOURNAL) == 1


def test_a_job_that_waited_for_its_time_is_running_once_its_first_try_has_begun() -> None:
    client = fakeredis.FakeRedis()
    broker = make_broker("", client=client, idle=0.01)
    QUICK.enqueue(broker, OutboxEntry("alice", "later"), "alice", delay=60_000)
    broker.journal.flush()
    waits = noted(client)["later"]
    assert (waits.state, waits.attempt) == ("waiting", 0) and waits.due is not None
    begun = Note(waits.id, "running", clock(), began=clock(), worker="w:1")
    assert follow(waits, [begun]).state == "running"


@pytest.fixture
def centre_of_readers(database: Database, redis_client: redis.Redis) -> Any:
    return SimpleNamespace(database=database, bus=SimpleNamespace(redis=redis_client, doorbell=lambda: redis_client))


@pytest.fixture
def reader(centre_of_readers: Any) -> JournalReader:
    return JournalReader(centre_of_readers)


def write(client: Any, *notes: Note, **at: str) -> None:
    for note in notes:
        [entry] = encode_notes([note])
        client.xadd(JOURNAL, {"notes": entry}, **at)


def rows(database: Database) -> list[Job]:
    with database.read() as session:
        return list(session.scalars(select(Job).order_by(Job.number)))


def counts(database: Database) -> dict[tuple[str, str, str], int]:
    with database.read() as session:
        return {(row.span, row.kind, row.state): row.count for row in session.scalars(select(JobRollup))}


def name_of(number: int) -> str:
    return f"{number:032x}"


def test_what_is_read_counts_once_and_goes_on_after_redis_has_forgotten(
    reader: JournalReader, database: Database, redis_client: redis.Redis
) -> None:
    at = clock()
    queued = Note(name_of(1), "queued", at, kind="edit", user="alice", queue="apply", message="edit:1")
    done = Note(name_of(1), "done", at + 30, kind="edit", queued=at, began=at + 4, worker="w:1", version=3)
    pulled = Note(name_of(2), "done", at, kind="pull", minor=True, queued=at, worker="w:1")
    write(redis_client, queued, done, pulled._replace(state="queued", minor=False, worker=""), pulled)
    redis_client.xadd(JOURNAL, {"notes": b"nonsense"})
    begin, end = "0-0", redis_client.xinfo_stream(JOURNAL)["last-generated-id"].decode()
    assert reader.read(block=1) == 5
    # Another reader that believes the same, a moment later.
    assert reader._write([queued, done, queued._replace(job=name_of(9))], begin, end) is None
    assert reader.read(block=1) == 0
    [row] = rows(database)
    assert (row.id, row.state, row.version, row.user, row.trace) == (name_of(1), "done", 3, "alice", name_of(1))
    assert counts(database) == {
        (span, kind, "done"): 1 for span in ("minute", "hour", "day") for kind in ("edit", "pull")
    }
    with database.read() as session:
        [_, edit] = sorted(counted_since(session, "minute", time_of(at - 60_000)), key=lambda one: one.runs[3])
    assert (edit.kind, edit.waits[0], edit.runs[3], sum(edit.paths)) == ("edit", 1, 1, 1)
    assert redis_client.xlen(JOURNAL) <= 1

    redis_client.flushall()
    write(redis_client, queued._replace(job=name_of(3)), id="5-1")
    assert reader.read(block=1) == 0
    assert reader.read(block=1) == 1
    assert [(one.id, one.state) for one in rows(database)] == [(name_of(1), "done"), (name_of(3), "queued")]


def test_a_reader_that_was_overtaken_takes_nothing_away_that_is_not_written_down(
    reader: JournalReader, database: Database, redis_client: redis.Redis, centre_of_readers: Any
) -> None:
    other = JournalReader(centre_of_readers)
    write(redis_client, Note(name_of(1), "queued", clock()))
    assert reader.read(block=1) == 1
    write(redis_client, Note(name_of(2), "queued", clock()))
    assert other.read(block=1) == 1
    write(redis_client, Note(name_of(3), "queued", clock()))
    # It believes that the second is next, and sees the third.
    assert reader.read(block=1) == 0
    assert reader.read(block=1) == 1
    assert [row.id for row in rows(database)] == [name_of(1), name_of(2), name_of(3)]


def test_a_job_that_nobody_looks_for_is_gone_also_when_its_end_is_told_before_its_beginning(
    reader: JournalReader, database: Database, redis_client: redis.Redis
) -> None:
    done = Note(name_of(1), "done", clock(), kind="index", minor=True, worker="w:1")
    write(redis_client, done)
    reader.read(block=1)
    assert [row.state for row in rows(database)] == ["done"]
    write(redis_client, done._replace(state="queued", minor=False, worker=""))
    reader.read(block=1)
    assert rows(database) == []
    assert counts(database) == {(span, "index", "done"): 1 for span in ("minute", "hour", "day")}
    # One that has failed is looked for, and retried.
    failed = done._replace(job=name_of(2), state="failed", minor=False, code="x")
    write(redis_client, failed._replace(state="queued", worker="", code=""), failed)
    reader.read(block=1)
    write(redis_client, failed._replace(state="done", attempt=2, minor=True, code=""))
    reader.read(block=1)
    assert [row.state for row in rows(database)] == ["done"]


def test_pushes_of_agents_are_counted_for_their_tokens(
    reader: JournalReader, database: Database, redis_client: redis.Redis
) -> None:
    push = Note(
        name_of(1), "done", clock(), kind="push", user="alice", project="gone", token="of a server", token_id="a1"
    )
    write(
        redis_client, push, push._replace(job=name_of(2), state="refused"), push._replace(job=name_of(3), token_id="")
    )
    write(redis_client, push._replace(job=name_of(4), state="running"))
    assert reader.read(block=1) == 4
    reader._pushes.write(every=0)
    reader._pushes.write(every=0)
    with database.read() as session:
        assert uses_of(session, "alice") == {"a1": {"push": 2}}
        [seen] = seen_of(session, "alice", 5)
    assert (seen.token, seen.note, seen.addresses) == ("a1", "of a server", {})


def test_a_job_whose_end_nobody_told_is_found_and_one_that_waits_is_left(
    reader: JournalReader, database: Database, redis_client: redis.Redis
) -> None:
    long_ago = clock() - 3_600_000
    for number in (1, 2):
        write(redis_client, Note(name_of(number), "running", long_ago, queue="q", message=f"m{number}", user="al/ice"))
    write(redis_client, Note(name_of(3), "queued", clock(), queue="q", message="m3"))
    reader.read(block=1)
    redis_client.hset("hubshare:queue:q.msgs", "al%2Fice|m1.0", "{}")
    reader.sweep()
    assert {row.state for row in rows(database)} == {"running", "queued"}
    reader.sweep()
    assert [row.state for row in rows(database)] == ["running", "lost", "queued"]
    assert rows(database)[1].queued == time_of(long_ago), "when it was put on the queue is known"
    write(redis_client, Note(name_of(2), "done", clock(), worker="w:1"))
    reader.read(block=1)
    assert [row.state for row in rows(database)] == ["running", "done", "queued"]


def test_a_job_that_is_tried_again_and_again_while_notes_get_lost_is_not_given_up(
    reader: JournalReader, database: Database, redis_client: redis.Redis
) -> None:
    long_ago = clock() - 3_600_000
    for number, queue in enumerate(("q", "q.DQ"), 1):
        write(redis_client, Note(name_of(number), "waiting", long_ago, queue="q", message=f"m{number}", user="alice"))
        # The fifth try, and nothing was heard of those after the first.
        redis_client.hset(f"hubshare:queue:{queue}.msgs", f"alice|m{number}.4", "{}")
    reader.read(block=1)
    for _ in range(3):
        reader.sweep()
    assert [row.state for row in rows(database)] == ["waiting", "waiting"]
    redis_client.delete("hubshare:queue:q.msgs")
    reader.sweep()
    reader.sweep()
    assert [row.state for row in rows(database)] == ["lost", "waiting"]


def test_a_job_that_found_its_work_done_before_did_not_end_before_it_was_there(
    centre_of_readers: Any, database: Database, redis_client: redis.Redis
) -> None:
    queued = clock() - 60_000
    earlier = JobEnd("done", time_of(queued - 60_000), "applied", 3)
    reader = JournalReader(centre_of_readers, {"edit": lambda centre, job: earlier})
    write(redis_client, Note(name_of(1), "queued", queued, queue="q", message="edit:1"))
    reader.read(block=1)
    reader.sweep()
    reader.sweep()
    [row] = rows(database)
    assert (row.state, row.version, row.ended, row.queued) == ("done", 3, time_of(queued), time_of(queued))


def test_how_far_the_tables_are_behind_is_known(reader: JournalReader, redis_client: redis.Redis) -> None:
    assert seconds_behind(redis_client, "0-0") == 0
    at: Any = redis_client.time()
    write(redis_client, Note(name_of(1), "queued", clock()), id=f"{(at[0] - 60) * 1000}-0")
    assert 60 <= seconds_behind(redis_client, "0-0") < 120
    reader.read(block=1)
    assert seconds_behind(redis_client, reader._place) == 0


def test_notes_that_the_database_refuses_hold_up_no_others(
    reader: JournalReader, database: Database, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(redis_client, Note(name_of(1), "queued", clock()))
    with monkeypatch.context() as patch:
        patch.setattr("hubshare_workers.journal.following.follow", lambda *_: 1 / 0)
        assert reader.read(block=1) == 1
    write(redis_client, Note(name_of(2), "queued", clock(), error="a\0b"))
    assert reader.read(block=1) == 1
    assert [row.id for row in rows(database)] == [name_of(2)]
