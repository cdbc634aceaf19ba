"""The tables of jobs: what became of each, how many there were, and how far the journal has been read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hubshare.store.models import Base


class Job(Base):
    """One job, as the journal tells it; see `hubshare.jobs.journal.Note`. It follows what happens, and decides nothing.

    Attributes:
        number: grows: the newest comes first in lists, and a page begins behind one.
        project_id: "" where it is about none. No foreign key: who sent it may have made it up, and it outlives its project.
        user: "" for what the Hub does for itself.
        queued, started, ended, due: times.
        moved: when something was written down last, by the clock of the one who wrote.
        timeline: what became of it, as dictionaries with `at`, `state`, `attempt`, `worker`, `error` and `due`.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        Index("jobs_by_state", "state", "number"),
        Index("jobs_by_project", "project_id", "number"),
        Index("jobs_by_project_and_state", "project_id", "state", "number"),
        Index("jobs_by_user", "user", "number"),
        Index("jobs_by_user_and_state", "user", "state", "number"),
        Index("jobs_by_kind", "kind", "number"),
        Index("jobs_by_kind_and_state", "kind", "state", "number"),
    )

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    id: Mapped[str] = mapped_column(String(32), unique=True)
    trace: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(64))
    queue: Mapped[str] = mapped_column(String(64))
    message: Mapped[str] = mapped_column(Text)
    project_id: Mapped[str] = mapped_column(String(64))
    user: Mapped[str] = mapped_column(String(255))
    token: Mapped[str] = mapped_column(String(255))
    door: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))
    attempt: Mapped[int] = mapped_column()
    worker: Mapped[str] = mapped_column(String(255))
    queued: Mapped[datetime] = mapped_column(index=True)
    started: Mapped[datetime | None] = mapped_column()
    ended: Mapped[datetime | None] = mapped_column()
    due: Mapped[datetime | None] = mapped_column()
    moved: Mapped[datetime] = mapped_column()
    outcome: Mapped[str] = mapped_column(String(10))
    version: Mapped[int | None] = mapped_column()
    code: Mapped[str] = mapped_column(String(255))
    error: Mapped[str] = mapped_column(Text)
    traceback: Mapped[str] = mapped_column(Text)
    arguments: Mapped[str] = mapped_column(Text)
    timeline: Mapped[list[Any]] = mapped_column(JSON)


class JobRollup(Base):
    """How many jobs of a kind ended in a state within a span of time, and how long they took.

    Attributes:
        span: `minute`, `hour` or `day`; `start` is when it began.
        waits, runs, paths: how many took how long from the queue to the first try, in the last try, and in all: as many numbers
            as `hubshare.store.job_rollups.BOUNDS_MS` has bounds, and one for longer.
    """

    __tablename__ = "job_rollups"

    span: Mapped[str] = mapped_column(String(6), primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[str] = mapped_column(String(10), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    waits: Mapped[list[Any]] = mapped_column(JSON)
    runs: Mapped[list[Any]] = mapped_column(JSON)
    paths: Mapped[list[Any]] = mapped_column(JSON)


class JournalPlace(Base):
    """Up to which note the journal is in these tables: the one row, changed along with them, so that each note counts once."""

    __tablename__ = "journal_place"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry: Mapped[str] = mapped_column(String(50))
