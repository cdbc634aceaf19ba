"""What the row of a job says once some notes on it are known. Pure: the order in which they come does not matter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

from hubshare.jobs import CHANGES
from hubshare.jobs.journal import LAST, PASSING, Note, place_of
from hubshare.store.job_rollups import STAGES, Ended
from hubshare.store.job_rows import JobRow

#: Of a timeline so many of the first, and in all so many entries are kept.
_FIRST, _MOST = 5, 40
#: A time that is further away than this was made up by a broken clock, in milliseconds since 1970.
_LATEST = 32_503_680_000_000
_EPOCH, _MILLISECOND = datetime(1970, 1, 1), timedelta(milliseconds=1)
#: What a note adds to the row where it knows it.
_FACTS = ("kind", "queue", "message", "user", "trace", "token", "door", "outcome", "arguments", "project_id")
_facts_of = attrgetter(*_FACTS[:-1], "project")
_LONGEST = {"kind": 64, "queue": 64, "trace": 64, "door": 20, "outcome": 10, "project_id": 64}


@lru_cache(maxsize=1024)
def time_of(milliseconds: int) -> datetime:
    """The time that a note means (UTC)."""
    return _EPOCH + timedelta(milliseconds=min(max(milliseconds, 0), _LATEST))


def milliseconds_of(time: datetime) -> int:
    """A time (UTC) as a note tells it."""
    return (time - _EPOCH) // _MILLISECOND


class JobChanges(NamedTuple):
    """What some notes tell of their jobs.

    Attributes:
        new, changed: rows that were not there before, and that were.
        over: ids of rows that nobody needs any more.
        ended: rows of the jobs that have ended now.
        users: whose jobs they are.
        projects: ids of those that the jobs change; without `pushed`.
        pushed: ids of those that pushes name, which may be any, each with who has sent it.
        stages: of jobs that have ended and made a version, see `STAGES`.
    """

    new: list[JobRow]
    changed: list[JobRow]
    over: list[str]
    ended: list[JobRow]
    users: set[str]
    projects: set[str]
    pushed: set[tuple[str, str]]
    stages: list[Ended]


def changes_of(rows: Mapping[str, JobRow], notes: Iterable[Note]) -> JobChanges:
    """Return what notes tell.

    Args:
        rows: those of the jobs that are known, by id; they are changed.
    """
    by_job = dict[str, list[Note]]()
    for note in notes:
        by_job.setdefault(note.job[:32], []).append(note)
    had_ended = {name for name, row in rows.items() if row.state in LAST}
    changes = JobChanges([], [], [], [], set(), set(), set(), [])
    for name, those in by_job.items():
        row = follow(rows.get(name), those)
        changes.users.add(row.user)
        if row.project_id and row.kind == "push":
            changes.pushed.add((row.project_id, row.user))
        elif row.project_id and row.kind in CHANGES:
            changes.projects.add(row.project_id)
        if row.state in LAST and name not in had_ended:
            changes.ended.append(row)
            changes.stages.extend(stages(row, those))
        if _is_over(row):
            changes.over.extend([name] if name in rows else [])
        else:
            (changes.changed if name in rows else changes.new).append(row)
    return changes


def _is_over(row: JobRow) -> bool:
    """Whether nobody needs the row of a job any more: it is minor, was done, and nothing ever went wrong with it. Until it is
    known who put it on the queue, that may still be told, and would look like a job of its own."""
    steps = row.timeline
    return (
        row.state == "done"
        and any("minor" in one for one in steps)
        and all(one["state"] in (*PASSING, "done") and "code" not in one for one in steps)
        and any("worker" not in one for one in steps)
    )


def follow(row: JobRow | None, notes: Iterable[Note]) -> JobRow:
    """Return the row of a job with all that some notes on it tell.

    Args:
        row: as it was; None for a job that was not known.
    """
    notes = sorted(notes, key=lambda one: place_of(one.state, one.attempt))
    for note in notes:
        row = row or _new(note)
        _take(row, note)
    assert row is not None, "there is a note"
    row.timeline = _with(row.timeline, notes)
    return row


def ended(row: JobRow) -> Ended:
    """How a job that has ended is counted."""
    assert row.ended is not None
    first = row.started is not None and row.attempt == 1
    return Ended(
        row.kind,
        row.state,
        row.ended,
        _between(row.queued, row.started) if first else None,
        _between(row.started, row.ended),
        _between(row.queued, row.ended),
    )


def stages(row: JobRow, notes: Iterable[Note]) -> Iterator[Ended]:
    """How the stages of a job are counted that has made a version; nothing of any other."""
    found = next((note for note in notes if note.published and note.fanned_out), None)
    if found is None or row.ended is None:
        return
    published, fanned_out = time_of(found.published), time_of(found.fanned_out)
    save, publish, fan_out = STAGES
    if found.saved:
        sent = _between(time_of(found.saved), row.queued)
        yield Ended(save, "done", row.ended, None, sent, sent)
    yield Ended(publish, "done", row.ended, None, _between(row.started, published), _between(row.queued, published))
    yield Ended(fan_out, "done", row.ended, None, _between(published, fanned_out), _between(row.queued, fanned_out))


def _between(begin: datetime | None, end: datetime | None) -> int | None:
    """Milliseconds; the clocks of two hosts may differ by some."""
    return None if begin is None or end is None else max(0, (end - begin) // _MILLISECOND)


def _new(note: Note) -> JobRow:
    return JobRow(note.job[:32], queued=time_of(note.queued or note.at), moved=time_of(note.at))


def _take(row: JobRow, note: Note) -> None:
    worked_on = bool(note.worker)
    for name, value in zip(_FACTS, _facts_of(note), strict=True):
        # Whoever has read what a job is about knows better than who put it on the queue.
        if value and (worked_on or not getattr(row, name)):
            setattr(row, name, value[: _LONGEST.get(name)])
    if note.version:
        row.version = note.version
    if note.queued or not worked_on:
        row.queued = time_of(note.queued or note.at)
    if not row.trace:
        row.trace = row.id
    row.moved = max(row.moved, time_of(note.at))
    if place_of(note.state, note.attempt) < place_of(row.state, row.attempt):
        return
    row.state, row.attempt = note.state, note.attempt
    row.due = time_of(note.due) if note.due else None
    row.ended = time_of(note.at) if note.state in LAST else None
    if note.began:
        row.started = time_of(note.began)
    if note.worker:
        row.worker = note.worker
    if note.error or note.code or note.state == "done":
        row.code, row.error, row.traceback = note.code, note.error, note.traceback


def _with(timeline: list[Any], notes: Iterable[Note]) -> list[Any]:
    found = [*timeline]
    for note in notes:
        entry: dict[str, Any] = {"at": note.at, "state": note.state, "attempt": note.attempt}
        for name in ("worker", "code", "error", "due", "minor"):
            if value := getattr(note, name):
                entry[name] = value
        if note.retry_of:
            entry["job"] = note.retry_of
        if entry in found:
            continue
        if note.began and note.state != "running" and not _began(found, note):
            # A try that was short is noted once, when it has ended.
            found.append({"at": note.began, "state": "running", "attempt": note.attempt, "worker": note.worker})
        found.append(entry)
    # Whatever the clocks of two hosts say: nothing runs before it is on the queue.
    found.sort(key=lambda one: (one["attempt"], one["state"] != "queued", one["at"]))
    return found if len(found) <= _MOST else found[:_FIRST] + found[_FIRST - _MOST :]


def _began(timeline: list[Any], note: Note) -> bool:
    return any(
        one["state"] == "running" and one["attempt"] == note.attempt and one.get("worker", "") == note.worker
        for one in timeline
    )
