"""What became of jobs within the last hour, and how long they took: for each kind, and in all by minute."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

from hubshare.centre import Centre
from hubshare.store.job_rollups import minutes_since, quantile
from hubshare.store.models import now
from hubshare.wire.api.ops import KindLately, Lately, Times

#: What is told of, in minutes.
_MINUTES = 60
#: What the last states of a job are counted as; the others as `refused`.
_OUTCOMES = {"done": "done", "failed": "failed", "lost": "failed"}


def read_lately(centre: Centre) -> Lately:
    """The last hour, as the counts by minute have it; the kinds with most jobs first.

    Raises:
        Unavailable: the database does not answer.
    """
    begin = now().replace(second=0, microsecond=0) - timedelta(minutes=_MINUTES - 1)
    with centre.database.read() as session:
        rows = minutes_since(session, begin)
    done, failed = [0] * _MINUTES, [0] * _MINUTES
    counts: dict[str, dict[str, int]] = defaultdict(lambda: {"done": 0, "refused": 0, "failed": 0})
    times: dict[str, list[list[int]]] = {}
    for row in rows:
        minute, outcome = int((row.start - begin).total_seconds() // 60), _OUTCOMES.get(row.state, "refused")
        if minute < _MINUTES and outcome != "refused":
            (done if outcome == "done" else failed)[minute] += row.count
        counts[row.kind][outcome] += row.count
        found = [row.waits, row.runs, row.paths]
        before = times.get(row.kind)
        times[row.kind] = [_added(*pair) for pair in zip(before, found, strict=True)] if before else found
    kinds = []
    for kind, of_kind in sorted(counts.items(), key=lambda one: -sum(one[1].values())):
        wait, run, path = map(_times, times[kind])
        kinds.append(KindLately(kind=kind, **of_kind, wait=wait, run=run, path=path))
    return Lately(done_by_minute=done, failed_by_minute=failed, kinds=kinds)


def _added(one: list[int], other: list[int]) -> list[int]:
    return [left + right for left, right in zip(one, other, strict=True)]


def _times(counts: list[int]) -> Times:
    return Times(p50_ms=quantile(counts, 0.5), p95_ms=quantile(counts, 0.95), p99_ms=quantile(counts, 0.99))
