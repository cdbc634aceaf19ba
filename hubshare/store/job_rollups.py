"""How many jobs there were, and how long they took: added up by minute, hour and day as they end."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Table, Text, bindparam, cast, delete, func, insert, select, update
from sqlalchemy.orm import Session

from hubshare.store.job_tables import JobRollup

#: Bounds of the times that are told apart, in milliseconds, both below and above which there is more.
BOUNDS_MS = (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 300_000, 1_800_000)

#: How long each span is, and how long it is kept.
SPANS = {
    "minute": (timedelta(minutes=1), timedelta(hours=48)),
    "hour": (timedelta(hours=1), timedelta(days=90)),
    "day": (timedelta(days=1), timedelta(days=730)),
}
#: Stages of jobs that make a version, which are counted as if each were a job: from its snapshot to the queue, until the
#: branch has moved, and from then until all who follow have been told.
STAGES = ("save", "publish", "fan_out")
_EPOCH = datetime(1970, 1, 1)


_KEY = ("span", "start", "kind", "state")
_SIZE = len(BOUNDS_MS) + 1
_TABLE: Table = JobRollup.__table__  # type: ignore[assignment]
#: May find a few more than are asked for: all that have one of each.
_FIND = select(
    *(_TABLE.c[name] for name in _KEY), _TABLE.c["count"], _TABLE.c.waits, _TABLE.c.runs, _TABLE.c.paths
).where(*(_TABLE.c[name].in_(bindparam(name, expanding=True)) for name in _KEY))
_ADD = insert(_TABLE)
_CHANGE = update(_TABLE).where(*(_TABLE.c[name] == bindparam(f"of_{name}") for name in _KEY))


class Ended(NamedTuple):
    """A job that ended, for the counts.

    Attributes:
        at: when it ended.
        wait, run, path: milliseconds from the queue to the first try, of the last try, and in all; None where not known.
    """

    kind: str
    state: str
    at: datetime
    wait: int | None
    run: int | None
    path: int | None


class Counts(NamedTuple):
    """Rows of counts as they are to be: that were not there before, and that were."""

    new: list[dict[str, Any]]
    changed: list[dict[str, Any]]


def add_ended(session: Session, ended: Sequence[Ended]) -> None:
    """Count jobs that ended, in the transaction in which that is written down."""
    write_counts(session, count_ended(session, ended))


def count_ended(session: Session, ended: Sequence[Ended]) -> Counts:
    """Add jobs that ended to the counts that are there, for who alone changes those."""
    by_minute: dict[tuple[datetime, str, str], list[Ended]] = {}
    for one in ended:
        by_minute.setdefault((one.at.replace(second=0, microsecond=0), one.kind, one.state), []).append(one)
    by_row: dict[tuple[str, datetime, str, str], list[int]] = {}
    for (minute, kind, state), those in by_minute.items():
        more = [len(those), *_counted(one.wait for one in those)]
        more += [*_counted(one.run for one in those), *_counted(one.path for one in those)]
        for span in SPANS:
            key = span, start_of(span, minute), kind, state
            by_row[key] = _sum(by_row[key], more) if key in by_row else more
    counts = Counts([], [])
    if not by_row:
        return counts
    found = session.connection().execute(
        _FIND, {name: list({key[place] for key in by_row}) for place, name in enumerate(_KEY)}
    )
    known = {tuple(row[:4]): [row[4], *row[5], *row[6], *row[7]] for row in found}
    for key, more in by_row.items():
        number, *times = _sum(known[key], more) if key in known else more
        row = {"count": number, "waits": times[:_SIZE], "runs": times[_SIZE:-_SIZE], "paths": times[-_SIZE:]}
        named = dict(zip(_KEY, key, strict=True))
        if key in known:
            counts.changed.append({f"of_{name}": value for name, value in named.items()} | row)
        else:
            counts.new.append(named | row)
    return counts


def write_counts(session: Session, counts: Counts) -> None:
    """Write down what `count_ended` has found out."""
    if counts.new:
        session.connection().execute(_ADD, counts.new)
    if counts.changed:
        session.connection().execute(_CHANGE, counts.changed)


def start_of(span: str, at: datetime) -> datetime:
    """When the minute, hour or day began that a moment (UTC) belongs to."""
    return at - (at - _EPOCH) % SPANS[span][0]


def _counted(times: Iterable[int | None]) -> list[int]:
    counts = [0] * _SIZE
    for time in times:
        if time is not None:
            counts[bisect_left(BOUNDS_MS, time)] += 1
    return counts


def _sum(some: list[int], more: list[int]) -> list[int]:
    return [one + other for one, other in zip(some, more, strict=True)]


def quantile(counts: Sequence[int], part: float) -> float | None:
    """Return the time in milliseconds that so many of all did not exceed, told within its bounds; None where there is nothing.

    Args:
        counts: as a rollup has them, or several of them added up.
        part: of all, between 0 and 1.
    """
    wanted, seen = part * sum(counts), 0
    if not wanted:
        return None
    for place, count in enumerate(counts):
        if count and seen + count >= wanted:
            low = BOUNDS_MS[place - 1] if place else 0
            high = BOUNDS_MS[place] if place < len(BOUNDS_MS) else BOUNDS_MS[-1]
            return low + (high - low) * (wanted - seen) / count
        seen += count
    return float(BOUNDS_MS[-1])


class Counted(NamedTuple):
    """How many jobs of a kind ended in a state within a span; see `JobRollup`."""

    start: datetime
    kind: str
    state: str
    number: int
    waits: list[int]
    runs: list[int]
    paths: list[int]


def counted_since(
    session: Session, span: str, begin: datetime, known: dict[datetime, list[Counted]] | None = None
) -> list[Counted]:
    """The counts by minute, hour or day from some time on, within the time that they are kept.

    Args:
        span: of `SPANS`.
        begin: when the first one began.
        known: what was found last time of this span, by its start; it is brought up to date. What has not changed since,
            as most has not, is not read again.
    """
    known, table = {} if known is None else known, JobRollup
    wanted = table.span == span, table.start >= begin
    there = session.execute(select(table.start, func.sum(table.count)).where(*wanted).group_by(table.start)).all()
    # Counts only grow, so those that add up to the same are the same.
    kept = {start: known[start] for start, total in there if sum(one.number for one in known.get(start, ())) == total}
    lists = (cast(column, Text) for column in (table.waits, table.runs, table.paths))
    query = select(table.start, table.kind, table.state, table.count, *lists).where(*wanted)
    rows = session.execute(query.where(table.start.in_([start for start, _ in there if start not in kept]))).all()
    # All in one go: to read each list for itself takes most of the time of a chart.
    read = json.loads("[" + ",".join(text for *_, waits, runs, paths in rows for text in (waits, runs, paths)) + "]")
    for at, row in enumerate(rows):
        kept.setdefault(row.start, []).append(Counted(*row[:4], *read[3 * at : 3 * at + 3]))
    known.clear()
    known.update(kept)
    return [one for those in kept.values() for one in those]


def ended_since(session: Session, span: str, begin: datetime) -> dict[tuple[datetime, str], int]:
    """How many jobs ended from some time on, by when the span began and by kind; their stages are not counted besides.

    Args:
        span: of `SPANS`.
        begin: when the first one began.
    """
    query = select(JobRollup.start, JobRollup.kind, func.sum(JobRollup.count))
    query = query.where(JobRollup.span == span, JobRollup.start >= begin, JobRollup.kind.not_in(STAGES))
    query = query.group_by(JobRollup.start, JobRollup.kind)
    return {(start, kind): int(number) for start, kind, number in session.execute(query)}


def forget_rollups(session: Session, at: datetime) -> None:
    """Let the counts go that are older than their span is kept.

    Args:
        at: the time by which ages are told.
    """
    for span, (_, kept) in SPANS.items():
        session.execute(delete(JobRollup).where(JobRollup.span == span, JobRollup.start < at - kept))
