"""The pages of jobs: one's own, and for those who run the Hub everybody's. What is looked for lies in the address."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from hubshare.operations import jobs
from hubshare.operations.caller import Caller
from hubshare.operations.jobs import JobSearch
from hubshare.operations.ops import job_acts, searches
from hubshare.service.pages.job_words import KINDS, STATES
from hubshare.service.pages.view import ThePages, see_other
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.service.web.job_search import TheSearch
from hubshare.store.access.actions import Action
from hubshare.wire.api.jobs import JobPage

router = APIRouter(include_in_schema=False)

_LIST = 50
_HOURS = {1: "the last hour", 24: "the last day", 168: "the last week", 720: "the last month"}


@router.get("/jobs")
def get_own_jobs(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    wanted: TheSearch,
    after: str | None = None,
) -> HTMLResponse:
    """What became of what the person asked for."""
    found = jobs.list_own_jobs(caller, centre, wanted=wanted, after=after, limit=_LIST)
    return pages.show(
        request, caller, "jobs.html.j2", base=("jobs",), counted=None, **_shown(found, False, wanted, after)
    )


@router.get("/jobs/{job}")
def get_own_job(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    job: str,
) -> HTMLResponse:
    """One of the person's own jobs."""
    found = jobs.read_own_job(caller, centre, job=job)
    return pages.show(request, caller, "job.html.j2", job=found, all=False, states=STATES, kinds=KINDS, may_run=False)


@router.get("/ops/jobs")
def get_all_jobs(
    caller: Annotated[Caller, Depends(requires(Action.SEE_JOBS, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    wanted: TheSearch,
    after: str | None = None,
    mark: bool = False,
) -> HTMLResponse:
    """Everybody's jobs, for those who run the Hub; admins can mark those of a page, which then stays as it is."""
    found = jobs.list_all_jobs(caller, centre, wanted=wanted, after=after, limit=_LIST)
    counted = jobs.count_all_jobs(caller, centre, wanted=wanted)
    shown = _shown(found, True, wanted, after, mark and caller.hub_admin)
    more: dict[str, Any] = {
        "totals": jobs.count_states(caller, centre),
        "saved": searches.list_searches(caller, centre),
        "may_run": caller.hub_admin,
    }
    return pages.show(request, caller, "jobs.html.j2", base=("ops", "jobs"), counted=counted, **shown, **more)


@router.post("/ops/jobs/searches")
def post_search(
    caller: Annotated[Caller, Depends(requires(Action.RUN_OPS, "page"))],
    centre: TheCentre,
    pages: ThePages,
    wanted: TheSearch,
    name: Annotated[str, Form(max_length=100, pattern=r"^[^\x00]*$")],
    shared: Annotated[bool, Form()] = False,
) -> Response:
    """Give the search of the address a name."""
    searches.save_search(caller, centre, name=name, wanted=wanted, shared=shared)
    return see_other(pages.at("ops", "jobs", **_given(wanted)))


@router.post("/ops/jobs/searches/delete")
def post_delete_search(
    caller: Annotated[Caller, Depends(requires(Action.RUN_OPS, "page"))],
    centre: TheCentre,
    pages: ThePages,
    search: Annotated[int, Form(ge=0, lt=2**31)],
) -> Response:
    """Forget a search that has a name."""
    searches.delete_search(caller, centre, search=search)
    return see_other(pages.at("ops", "jobs"))


@router.get("/ops/jobs/{job}")
def get_job(
    caller: Annotated[Caller, Depends(requires(Action.SEE_JOBS, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    job: str,
) -> HTMLResponse:
    """Anybody's job, for those who run the Hub."""
    found = jobs.read_job(caller, centre, job=job)
    may_run = caller.hub_admin
    return pages.show(request, caller, "job.html.j2", job=found, all=True, states=STATES, kinds=KINDS, may_run=may_run)


@router.post("/ops/jobs/{job}/cancel")
def post_cancel(
    caller: Annotated[Caller, Depends(requires(Action.RUN_OPS, "page"))], centre: TheCentre, pages: ThePages, job: str
) -> Response:
    """Have a job that waits in line not begin."""
    job_acts.cancel_job(caller, centre, job=job)
    return see_other(pages.at("ops", "jobs", job))


@router.post("/ops/jobs/{job}/retry")
def post_retry(
    caller: Annotated[Caller, Depends(requires(Action.RUN_OPS, "page"))], centre: TheCentre, pages: ThePages, job: str
) -> Response:
    """Put a job that has failed for good on its queue again; leads to the list of both."""
    new = job_acts.retry_job(caller, centre, job=job)
    return see_other(pages.at("ops", "jobs", trace=new))


def _given(wanted: JobSearch) -> dict[str, Any]:
    return {name: value for name, value in vars(wanted).items() if value}


def _shown(found: JobPage, all: bool, wanted: JobSearch, after: str | None, mark: bool = False) -> dict[str, Any]:
    # What is marked stays as it is. To look for words is dear: once.
    follow = not after and not mark and not wanted.text
    given, shown = _given(wanted), {"found": found, "all": all, "mark": mark}
    words = {"states": STATES, "hours": _HOURS, "kinds": KINDS}
    return {**shown, "wanted": wanted, "given": given, "after": after, "follow": follow, **words}
