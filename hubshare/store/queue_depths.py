"""How much lay in the queues over time: added up by minute, hour and day, as the ends of jobs are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Table, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from hubshare.store.job_rollups import SPANS, start_of
from hubshare.store.ops_tables import QueueDepth

_TABLE: Table = QueueDepth.__table__  # type: ignore[assignment]


class Sampled(NamedTuple):
    """What lay in a queue at a moment, or within a span of time; see `QueueDepth`."""

    queue: str
    waiting: int
    delayed: int
    oldest: int
    running: int
    threads: int


def add_samples(session: Session, at: datetime, sampled: Sequence[Sampled]) -> None:
    """Write down what lay in the queues at a moment (UTC)."""
    if not sampled:
        return
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    add: Any = dialect.insert(_TABLE)
    more, there = add.excluded, _TABLE.c
    merged: dict[str, Any] = {name: there[name] + more[name] for name in ("samples", "running", "threads")}
    for name in ("waiting", "delayed", "oldest"):
        merged[name] = case((there[name] > more[name], there[name]), else_=more[name])
    rows = [
        {"span": span, "start": start_of(span, at), "samples": 1, **one._asdict(), "queue": one.queue[:64]}
        for one in sampled
        for span in SPANS
    ]
    session.execute(add.on_conflict_do_update(index_elements=["span", "start", "queue"], set_=merged), rows)


def sampled_since(session: Session, span: str, begin: datetime) -> list[tuple[datetime, Sampled]]:
    """What lay in the queues from some time on, by when the span began.

    Args:
        span: of `SPANS`.
        begin: when the first one began.
    """
    table = QueueDepth
    columns = (table.queue, table.waiting, table.delayed, table.oldest, table.running, table.threads)
    query = select(table.start, *columns).where(table.span == span, table.start >= begin)
    return [(row[0], Sampled(*row[1:])) for row in session.execute(query)]


def forget_samples(session: Session, at: datetime) -> None:
    """Let go what is older than its span is kept.

    Args:
        at: the time by which ages are told.
    """
    for span, (_, kept) in SPANS.items():
        session.execute(delete(QueueDepth).where(QueueDepth.span == span, QueueDepth.start < at - kept))
