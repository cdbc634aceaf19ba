"""The rows of jobs as the reader of the journal takes and leaves them, many at once, by prepared statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from hubshare.store.job_tables import Job, JournalPlace


@dataclass(slots=True)
class JobRow:
    """The columns of `Job` but its number, as plain values."""

    id: str
    queued: datetime
    moved: datetime
    state: str = "queued"
    attempt: int = 0
    trace: str = ""
    kind: str = ""
    queue: str = ""
    message: str = ""
    project_id: str = ""
    user: str = ""
    token: str = ""
    door: str = ""
    worker: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    due: datetime | None = None
    outcome: str = ""
    version: int | None = None
    code: str = ""
    error: str = ""
    traceback: str = ""
    arguments: str = ""
    timeline: list[Any] = field(default_factory=list)


_TABLE: Table = Job.__table__  # type: ignore[assignment]
_COLUMNS = [column.name for column in fields(JobRow)]

_IDS = _TABLE.c.id.in_(bindparam("ids", expanding=True))
_FIND = select(*(_TABLE.c[name] for name in _COLUMNS)).where(_IDS)
_ADD = insert(_TABLE)
_CHANGE = update(_TABLE).where(_TABLE.c.id == bindparam("of")).values({name: bindparam(name) for name in _COLUMNS[1:]})
_FORGET = delete(_TABLE).where(_IDS)


def journal_place(session: Session) -> str:
    """The last entry of the journal that was written down; the one before all where none was."""
    return session.scalar(select(JournalPlace.entry)) or "0-0"


def read_jobs(session: Session, ids: Sequence[str]) -> dict[str, JobRow]:
    """The jobs that are known of some; by id."""
    return {row.id: JobRow(*row) for row in session.connection().execute(_FIND, {"ids": ids})}


def write_jobs(session: Session, new: Sequence[JobRow], changed: Sequence[JobRow], over: Sequence[str] = ()) -> None:
    """Write down what became of jobs.

    Args:
        new: that have no row yet.
        changed: that have one.
        over: ids of those whose rows nobody needs any more.
    """
    connection = session.connection()
    if new:
        connection.execute(_ADD, [{name: getattr(job, name) for name in _COLUMNS} for job in new])
    if changed:
        connection.execute(
            _CHANGE, [{"of": job.id, **{name: getattr(job, name) for name in _COLUMNS[1:]}} for job in changed]
        )
    if over:
        connection.execute(_FORGET, {"ids": over})
