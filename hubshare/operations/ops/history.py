"""What became of jobs over the last hour, day or month, and how long they took: over time, and for each kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from hubshare.centre import Centre
from hubshare.operations.caller import Caller
from hubshare.operations.ops import check_may_see
from hubshare.store.database import Database
from hubshare.store.job_rollups import SPANS, STAGES, Counted, counted_since, ended_since, quantile, start_of
from hubshare.store.models import now
from hubshare.store.queue_depths import Sampled, sampled_since
from hubshare.wire.api.ops import Backlog, History, HistoryPoint, HistoryRange, KindHistory, Times

#: The spans in which a range is told, and how many of them.
_STEPS: dict[HistoryRange, tuple[str, int]] = {"hour": ("minute", 60), "day": ("hour", 24), "month": ("day", 30)}
#: What the last states of a job are counted as; the others as `refused`.
_OUTCOMES = {"done": "done", "failed": "failed", "lost": "failed"}

#: What was found last, by the span that is told, of each database: of as many as are shown.
_KNOWN: WeakKeyDictionary[Database, dict[str, dict[datetime, list[Counted]]]] = WeakKeyDictionary()


def show_history(caller: Caller, centre: Centre, *, range: HistoryRange = "hour", kind: str = "") -> History:
    """What became of jobs, for those who run the Hub.

    Args:
        range: how far back from now.
        kind: of which jobs the points tell; "" for all.

    Raises:
        Forbidden: for everybody else.
        Unavailable: the database does not answer.
    """
    check_may_see(caller)
    return read_history(centre, range, kind)


def read_history(centre: Centre, range: HistoryRange, kind: str = "") -> History:
    """What became of jobs, out of the counts by minute, hour or day; the kinds with most jobs first.

    Raises:
        Unavailable: the database does not answer.
    """
    span, steps = _STEPS[range]
    starts = _starts(now(), span, steps)
    with centre.database.read() as session:
        # A copy: others may look at the same moment.
        known = dict(_KNOWN.setdefault(centre.database, {}).get(span, {}))
        rows = counted_since(session, span, starts[0], known)
        _KNOWN[centre.database][span] = known
        sampled = defaultdict[datetime, list[Sampled]](list)
        for start, one in sampled_since(session, span, starts[0]):
            sampled[start].append(one)
    points, kinds = defaultdict[datetime, _Sum](_Sum), defaultdict[str, _Sum](_Sum)
    for row in rows:
        kinds[row.kind].add(row)
        if kind == row.kind or (not kind and row.kind not in STAGES):
            points[row.start].add(row)
    return History(
        range=range,
        kind=kind,
        points=[
            HistoryPoint(start=start, backlog=_backlog(sampled.get(start)), **points[start].told()) for start in starts
        ],
        kinds=[
            KindHistory(kind=name, **found.told())
            for name, found in sorted(kinds.items(), key=lambda one: (-one[1].all, one[0]))
            if name not in STAGES
        ],
        stages=[KindHistory(kind=name, **kinds[name].told()) for name in STAGES if name in kinds],
    )


def _backlog(queues: list[Sampled] | None) -> Backlog | None:
    """What all queues together held; None where nobody looked."""
    if not queues:
        return None
    return Backlog(
        waiting=sum(one.waiting for one in queues),
        delayed=sum(one.delayed for one in queues),
        oldest_seconds=max(one.oldest for one in queues),
        busy=sum(one.running for one in queues) / (max(one.threads for one in queues) or 1),
    )


def read_by_minute(centre: Centre) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """How many jobs of each kind ended within the last hour, and how many waited in each queue, the oldest minute first.

    Raises:
        Unavailable: the database does not answer.
    """
    starts = _starts(now(), *_STEPS["hour"])
    with centre.database.read() as session:
        ended = ended_since(session, "minute", starts[0])
        waited = {(start, one.queue): one.waiting for start, one in sampled_since(session, "minute", starts[0])}
    return _in_line(ended, starts), _in_line(waited, starts)


def _in_line(found: Mapping[tuple[datetime, str], int], starts: Sequence[datetime]) -> dict[str, list[int]]:
    """Numbers by time and name as lists by name."""
    return {name: [found.get((start, name), 0) for start in starts] for name in sorted({name for _, name in found})}


def _starts(at: datetime, span: str, steps: int) -> list[datetime]:
    """When the last spans began, the oldest first; the last one has not ended."""
    newest = start_of(span, at)
    return [newest - step * SPANS[span][0] for step in reversed(range(steps))]


class _Sum:
    """Counts, added up."""

    def __init__(self) -> None:
        self.counts = {"done": 0, "refused": 0, "failed": 0}
        self._apart = {"cancelled": 0, "lost": 0}
        self._rows: list[Counted] = []

    @property
    def all(self) -> int:
        return sum(self.counts.values())

    def add(self, row: Counted) -> None:
        self.counts[_OUTCOMES.get(row.state, "refused")] += row.number
        if row.state in self._apart:
            self._apart[row.state] += row.number
        self._rows.append(row)

    def told(self) -> dict[str, Any]:
        kept = {"wait": [row.waits for row in self._rows], "run": [row.runs for row in self._rows]}
        kept["path"] = [row.paths for row in self._rows]
        return {
            **self.counts,
            **self._apart,
            **{name: _times([*map(sum, zip(*counts, strict=True))]) for name, counts in kept.items()},
        }


def _times(counts: list[int]) -> Times:
    return Times(p50_ms=quantile(counts, 0.5), p95_ms=quantile(counts, 0.95), p99_ms=quantile(counts, 0.99))
