"""Jobs: one's own, and for those who run the Hub everybody's."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from hubshare.operations import jobs
from hubshare.operations.caller import Caller
from hubshare.operations.ops import job_acts
from hubshare.service.api import After, Limit
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.service.web.job_search import TheSearch
from hubshare.store.access.actions import Action
from hubshare.wire.api.jobs import JobDetails, JobPage, RetriedJob

router = APIRouter(tags=["jobs"])


@router.get("/me/jobs")
def list_own_jobs(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN))],
    centre: TheCentre,
    wanted: TheSearch,
    after: After = None,
    limit: Limit = 100,
) -> JobPage:
    """What became of what you asked for, the newest first; `user` is passed over."""
    return jobs.list_own_jobs(caller, centre, wanted=wanted, after=after, limit=limit)


@router.get("/me/jobs/{job}")
def get_own_job(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN))], centre: TheCentre, job: str
) -> JobDetails:
    """One of your own jobs, with what became of it."""
    return jobs.read_own_job(caller, centre, job=job)


@router.get("/jobs")
def list_all_jobs(
    caller: Annotated[Caller, Depends(requires(Action.SEE_JOBS))],
    centre: TheCentre,
    wanted: TheSearch,
    after: After = None,
    limit: Limit = 100,
) -> JobPage:
    """Everybody's jobs, the newest first; for those who run the Hub."""
    return jobs.list_all_jobs(caller, centre, wanted=wanted, after=after, limit=limit)


@router.get("/jobs/{job}")
def get_job(caller: Annotated[Caller, Depends(requires(Action.SEE_JOBS))], centre: TheCentre, job: str) -> JobDetails:
    """Anybody's job, with what became of it; for those who run the Hub."""
    return jobs.read_job(caller, centre, job=job)


@router.post("/jobs/{job}/cancel", status_code=204)
def cancel_job(caller: Annotated[Caller, Depends(requires(Action.RUN_OPS))], centre: TheCentre, job: str) -> None:
    """Have a job that waits in line not begin; whoever waits for it is told when its turn comes."""
    job_acts.cancel_job(caller, centre, job=job)


@router.post("/jobs/{job}/retry", status_code=202)
def retry_job(caller: Annotated[Caller, Depends(requires(Action.RUN_OPS))], centre: TheCentre, job: str) -> RetriedJob:
    """Put a job that has failed for good on its queue again, as a new one."""
    return RetriedJob(job=job_acts.retry_job(caller, centre, job=job))
