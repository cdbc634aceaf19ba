"""The job that carries out an act on many jobs: step by step until it has ended, whoever has begun it."""

from __future__ import annotations

from hubshare.centre import Centre
from hubshare.jobs import ActOnJobs
from hubshare.jobs.ends import JobEnd, LeftJob
from hubshare.operations.ops import acting
from hubshare.store.job_acts import find_act
from hubshare_workers.context import Context


def act_on_jobs(context: Context, wanted: ActOnJobs) -> None:
    """Go on with an act until it has ended."""
    while acting.take_step(context.centre, wanted.act):
        pass


def give_up_act(context: Context, wanted: ActOnJobs, error: Exception) -> None:
    """Have an act have failed whose job has."""
    acting.give_up(context.centre, wanted.act, str(error) or type(error).__name__)


def end_of_act(centre: Centre, job: LeftJob) -> JobEnd | None:
    """How a job has ended that was to carry out an act; None while that is under way."""
    with centre.database.read() as session:
        act = find_act(session, job.key)
    if act is None or act.state == "running":
        return None
    return JobEnd("failed" if act.state == "failed" else "done", act.ended, error=act.error)
