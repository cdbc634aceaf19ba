"""Calls about jobs: what became of what people asked for."""

from __future__ import annotations

from hubshare.client.call import Call, Listing, api, nothing, one
from hubshare.client.calls.verbs import get, listing
from hubshare.wire import api as r


def own_jobs(
    state: str | None = None,
    kind: str | None = None,
    project: str | None = None,
    hours: int | None = None,
    text: str | None = None,
    trace: str | None = None,
    queue: str | None = None,
    retried: bool = False,
    page: int = 100,
) -> Listing[r.Job]:
    """What became of what you asked for, the newest first.

    Args:
        state: only those in this state.
        hours: only those that were put on the queue within so many hours.
        text: only those whose error holds this.
        trace: id of the job, or of the event or request that it comes from.
        queue: only those in this queue.
        retried: with a state: those as well that were retried since they were in it.
    """
    wanted = {"state": state, "kind": kind, "project": project, "hours": hours, "text": text, "trace": trace}
    return listing(api("me", "jobs"), r.Job, page, queue=queue, retried=_true(retried), **wanted)


def own_job(job: str) -> Call[r.JobDetails]:
    """One of your own jobs, with what became of it."""
    return get(api("me", "jobs", job), r.JobDetails)


def all_jobs(
    state: str | None = None,
    kind: str | None = None,
    project: str | None = None,
    user: str | None = None,
    hours: int | None = None,
    text: str | None = None,
    trace: str | None = None,
    queue: str | None = None,
    retried: bool = False,
    page: int = 100,
) -> Listing[r.Job]:
    """Everybody's jobs, the newest first; for those who run the Hub. See `own_jobs`."""
    wanted = {"state": state, "kind": kind, "project": project, "hours": hours, "text": text, "trace": trace}
    return listing(api("jobs"), r.Job, page, user=user, queue=queue, retried=_true(retried), **wanted)


def job(job: str) -> Call[r.JobDetails]:
    """Anybody's job, with what became of it; for those who run the Hub."""
    return get(api("jobs", job), r.JobDetails)


def cancel_job(job: str) -> Call[None]:
    """Have a job that waits in line not begin; for admins of the Hub."""
    return Call("POST", api("jobs", job, "cancel"), nothing)


def retry_job(job: str) -> Call[r.RetriedJob]:
    """Put a job that has failed for good on its queue again, as a new one; for admins of the Hub."""
    return Call("POST", api("jobs", job, "retry"), one(r.RetriedJob))


def _true(wanted: bool) -> str | None:
    return "true" if wanted else None
