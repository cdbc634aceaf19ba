"""Carries out acts on many jobs, in steps: one is written down, taken, then counted, and to take it twice does no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

import redis

from hubshare.centre import Centre
from hubshare.jobs.journal import clock
from hubshare.jobs.news import tell_moved
from hubshare.operations.ops import job_verbs
from hubshare.store import job_acts
from hubshare.store.access.actions import Action
from hubshare.store.act_tables import JobAct
from hubshare.store.audit import Actor, record
from hubshare.store.database import Session
from hubshare.store.job_tables import Job
from hubshare.store.retries import note_retried


def take_step(centre: Centre, act: str) -> bool:
    """Take one step of an act; return whether there may be another.

    Args:
        act: id.

    Raises:
        Unavailable: the database or Redis does not answer: the step is taken once more later.
    """
    with centre.database.begin("jobs") as session:
        row = job_acts.find_act(session, act)
        if row is None or row.state != "running":
            return False
        again = bool(row.step)
        if not again and not job_acts.next_step(session, row):
            _end(session, row, "done")
            return False
        step = list(row.step)
    with centre.database.read() as session:
        jobs = job_acts.jobs_of_step(session, row)
    told = {} if row.verb == "delete" else _told(centre, row, step, jobs, again)
    with centre.database.begin("jobs") as session:
        row = job_acts.find_act(session, act)
        # Somebody has cancelled it, or another process has counted this step.
        if row is None or row.state != "running" or row.step != step:
            return row is not None and row.state == "running"
        if row.verb == "retry":
            note_retried(session, [job for job, reason in told.items() if not reason], clock())
        job_acts.count_step(row, told or _delete(session, row, step))
    with suppress(redis.RedisError):
        tell_moved(centre.bus.redis, {job.user for job in jobs.values()})
    return True


def give_up(centre: Centre, act: str, error: str) -> None:
    """Have an act that cannot be carried out have failed."""
    with centre.database.begin("jobs") as session:
        row = job_acts.find_act(session, act)
        if row is not None and row.state == "running":
            _end(session, row, "failed", error)


def note_end(session: Session, row: JobAct) -> None:
    """Write into the audit log how an act has ended, as that of whoever asked for it."""
    facts = {"act": row.id, "verb": row.verb, "ended": row.state, "done": row.done, "impossible": row.impossible}
    record(session, Actor(row.user, row.door, row.token), Action.RUN_OPS, None, **facts, why=row.error)


def _end(session: Session, row: JobAct, state: str, error: str = "") -> None:
    job_acts.end_act(row, state, error)
    note_end(session, row)


def _told(centre: Centre, act: JobAct, step: Sequence[str], jobs: Mapping[str, Job], again: bool) -> dict[str, str]:
    """Do it to each job; return why that is not possible, by id."""
    return {job: _do(centre, act, jobs[job], again) if job in jobs else "gone" for job in step}


def _do(centre: Centre, act: JobAct, job: Job, again: bool) -> str:
    if act.verb == "cancel":
        if again and job.state == "cancelled":
            return ""
        return job_verbs.cancel(centre, job, act.user)
    return job_verbs.retry(centre, job)


def _delete(session: Session, act: JobAct, step: Sequence[str]) -> dict[str, str]:
    """Take jobs off the list, in the transaction that counts them; returns the same as `_told`."""
    jobs = job_acts.jobs_of_step(session, act)
    told = {
        job: job_verbs.hindrance("delete", jobs[job].kind, jobs[job].state) if job in jobs else "gone" for job in step
    }
    job_acts.delete_jobs(session, [jobs[job].number for job, reason in told.items() if not reason])
    return told
