"""Acts on many jobs: begun, taken step by step, ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from hubshare.store.act_tables import JobAct
from hubshare.store.job_list import JobFilter, list_jobs
from hubshare.store.job_tables import Job
from hubshare.store.models import now

#: So many acts are kept, the newest.
_KEPT = 500
#: The jobs of one step.
STEP = 50


def filter_as_json(wanted: JobFilter) -> dict[str, Any]:
    """A filter as a row keeps it."""
    return asdict(wanted) | {"since": wanted.since.isoformat() if wanted.since else None, "ids": [*wanted.ids]}


def filter_from_json(kept: Mapping[str, Any]) -> JobFilter:
    """The filter that `filter_as_json` was given."""
    since = datetime.fromisoformat(kept["since"]) if kept["since"] else None
    return JobFilter(**{**kept, "since": since, "ids": tuple(kept["ids"])})


def running_acts(session: Session) -> list[JobAct]:
    """All that have not ended: few, as `begin_act` has only a few at a time."""
    return list(session.scalars(select(JobAct).where(JobAct.state == "running").order_by(JobAct.number)))


def list_acts(session: Session, before: int | None, most: int) -> list[JobAct]:
    """Acts, the newest first, with numbers below one."""
    query = select(JobAct).order_by(JobAct.number.desc()).limit(most)
    return list(session.scalars(query if before is None else query.where(JobAct.number < before)))


def find_act(session: Session, name: str) -> JobAct | None:
    """The act of an id."""
    return session.scalar(select(JobAct).where(JobAct.id == name))


def add_act(session: Session, act: JobAct) -> None:
    """Write a new act down, and let the oldest go that have ended."""
    session.add(act)
    session.flush()
    session.execute(delete(JobAct).where(JobAct.number <= act.number - _KEPT, JobAct.state != "running"))


def newest_number(session: Session) -> int:
    """The number of the newest job; 0 where there is none."""
    return session.scalar(select(func.max(Job.number))) or 0


def next_step(session: Session, act: JobAct) -> bool:
    """Write down which jobs come next; return False where none does."""
    left = act.count - act.done - act.impossible
    found = list_jobs(session, filter_from_json(act.meant), act.below, min(STEP, left)) if left > 0 else []
    if found:
        act.step, act.below = [job.id for job in found], found[-1].number
    return bool(found)


def jobs_of_step(session: Session, act: JobAct) -> dict[str, Job]:
    """The jobs of the step of an act, by id; those that are there."""
    return {job.id: job for job in session.scalars(select(Job).where(Job.id.in_(act.step)))}


def delete_jobs(session: Session, numbers: list[int]) -> None:
    """Take some jobs off the list; what the queue has of them stays."""
    session.execute(delete(Job).where(Job.number.in_(numbers)))


def count_step(act: JobAct, told: Mapping[str, str]) -> None:
    """Count what came of a step.

    Args:
        told: why it was not possible, by id of the job; "" where it was done.
    """
    reasons = dict(act.reasons)
    for reason in told.values():
        if reason:
            reasons[reason] = reasons.get(reason, 0) + 1
    act.reasons, act.step = reasons, []
    act.impossible = sum(reasons.values())
    act.done += sum(not reason for reason in told.values())


def end_act(act: JobAct, state: str, error: str = "") -> None:
    """Have an act end so."""
    act.state, act.error, act.ended, act.step = state, error[:500], now(), []
