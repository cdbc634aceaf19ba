"""Workers: which processes there are, what each does, and what they are asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

import redis

from hubshare.bus.processes import SeenProcess, ask_process, read_processes
from hubshare.centre import Centre
from hubshare.errors import NotFound, Unavailable
from hubshare.jobs.journal import LAST
from hubshare.operations.caller import Caller
from hubshare.operations.ops import check_may_run, check_may_see
from hubshare.store.job_list import states_of
from hubshare.store.projects import names_of
from hubshare.wire.api.ops import RunningJob, WorkerProcess

#: Stands for all worker processes.
ALL = "all"


def list_workers(caller: Caller, centre: Centre) -> list[WorkerProcess]:
    """All processes of workers and of the service, for those who run the Hub.

    Raises:
        Forbidden: for everybody else.
        Unavailable: Redis or the database does not answer.
    """
    check_may_see(caller)
    return read_workers(centre)


def read_workers(centre: Centre) -> list[WorkerProcess]:
    """All processes of workers and of the service that were seen within the last hour and have not ended in order.

    Raises:
        Unavailable: Redis or the database does not answer.
    """
    seen = _seen(centre)
    left = {job.job for one in seen if one.lost for job in one.report.running if job.job}
    with centre.database.read() as session:
        names = names_of(session, {job.project for one in seen for job in one.report.running if job.project})
        now = states_of(session, left, LAST) if left else {}
    # What has begun elsewhere may not be in the journal yet.
    now |= {job.job: f"runs on {one.place}" for one in seen if not one.lost for job in one.report.running if job.job}
    return [_told(one, names, now if one.lost else {}) for one in seen]


def order_workers(
    caller: Caller, centre: Centre, *, worker: str, order: Literal["work", "quiet", "stop"]
) -> list[WorkerProcess]:
    """Ask one worker process for something, or all that are there; they do it within seconds.

    One that stops finishes what it has begun, and is started again by whatever supervises it.

    Args:
        worker: its name; `all` for all of them.

    Raises:
        Forbidden: for all but admins of the Hub.
        NotFound: there is no such worker process, or it is lost.
    """
    check_may_run(caller)
    asked = [one for one in _seen(centre) if one.report.kinds and not one.lost and worker in (ALL, one.report.name)]
    if not asked and worker != ALL:
        raise NotFound("There is no such worker process, or it was lost: look at the list again.")
    with centre.database.begin("workers") as session:
        caller.note(session, None, order=order, workers=[one.place for one in asked])
    try:
        for one in asked:
            ask_process(centre.bus.redis, one.report.name, order)
    except redis.RedisError as error:
        raise _away() from error
    return [found for found in read_workers(centre) if found.name in {one.report.name for one in asked}]


def _seen(centre: Centre) -> list[SeenProcess]:
    try:
        return read_processes(centre.bus.redis)
    except redis.RedisError as error:
        raise _away() from error


def _away() -> Unavailable:
    return Unavailable("HubShare's Redis does not answer: try again in a moment.")


def _told(one: SeenProcess, names: dict[str, str], now: Mapping[str, str]) -> WorkerProcess:
    said = one.report
    # Of what a lost process has done since its last report nobody knows.
    since = 0.0 if one.lost else one.seconds_ago
    return WorkerProcess(
        name=said.name,
        part=said.part,
        host=said.host,
        pid=said.pid,
        version=said.version,
        begun=_time(said.begun),
        seen_seconds_ago=one.seconds_ago,
        lost=one.lost,
        seen=_time(one.at),
        skew_seconds=one.skew,
        threads=said.threads,
        busy=said.busy,
        memory_bytes=said.memory,
        reads=said.reads,
        quiet=said.quiet,
        ending=said.ending,
        running=[
            RunningJob(
                id=job.id,
                kind=job.kind,
                queue=job.queue,
                person=job.person,
                since=_time(job.since),
                project=names.get(job.project, ""),
                step=job.step,
                step_seconds=max(0.0, said.clock - job.step_since) + since if job.step else 0.0,
                job=job.job,
                seconds=max(0.0, said.clock - job.since),
                now=now.get(job.job, ""),
            )
            for job in said.running
        ],
    )


def _time(seconds: float) -> datetime:
    # Without a zone, as the database has times.
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
