"""Pages for those who run the Hub: whether sharing is healthy, queues, workers."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, Response

from hubshare.errors import Unavailable
from hubshare.operations.caller import Caller
from hubshare.operations.ops import history, lag, pauses, queues, sight, workers
from hubshare.operations.ops.words import duration, milliseconds, state_of
from hubshare.service.pages.job_words import KINDS
from hubshare.service.pages.view import ThePages, see_other
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action
from hubshare.wire.api.ops import History, HistoryRange

router = APIRouter(prefix="/ops", include_in_schema=False)

Seeing = Annotated[Caller, Depends(requires(Action.SEE_OPS, "page"))]
Running = Annotated[Caller, Depends(requires(Action.RUN_OPS, "page"))]
What = Annotated[str, Form(max_length=100)]

#: What is told of at once: how it is called, for how many hours, and the form of its times.
_RANGES: dict[HistoryRange, tuple[str, int, str]] = {
    "hour": ("Hour", 1, "%H:%M"),
    "day": ("Day", 24, "%d %b %H:%M"),
    "month": ("Month", 720, "%d %b"),
}


@router.get("")
def get_ops(
    caller: Seeing,
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    range: HistoryRange = "hour",
    kind: Annotated[str, Query(max_length=64, pattern=r"^[^\x00]*$")] = "",
) -> HTMLResponse:
    """Whether sharing is healthy, and if not, which project, whose job, and why; and what became of jobs over time."""
    seen = sight.show_overview(caller, centre)
    found: History | None = None
    with suppress(Unavailable):
        found = history.show_history(caller, centre, range=range, kind=kind)
    return pages.show(
        request,
        caller,
        "ops.html.j2",
        tab="overview",
        seen=seen,
        found=found,
        ranges=_RANGES,
        range=range,
        kind=kind,
        words=KINDS,
        duration=duration,
        milliseconds=milliseconds,
    )


@router.get("/queues")
def get_queues(caller: Seeing, request: Request, centre: TheCentre, pages: ThePages) -> HTMLResponse:
    """What waits in the queues, for how long and whose it is; what is paused."""
    return pages.show(
        request,
        caller,
        "ops_queues.html.j2",
        tab="queues",
        found=queues.list_queues(caller, centre),
        words=KINDS,
        duration=duration,
        may_run=caller.hub_admin,
    )


@router.post("/queues/pause")
def post_pause(
    caller: Running, centre: TheCentre, pages: ThePages, what: What, reason: Annotated[str, Form(max_length=500)] = ""
) -> Response:
    """Pause a queue or a kind of jobs."""
    pauses.pause_jobs(caller, centre, what=what, reason=reason)
    return see_other(pages.at("ops", "queues"))


@router.post("/queues/resume")
def post_resume(caller: Running, centre: TheCentre, pages: ThePages, what: What) -> Response:
    """Let a queue or a kind of jobs go on."""
    pauses.resume_jobs(caller, centre, what=what)
    return see_other(pages.at("ops", "queues"))


@router.get("/projects")
def get_lag(caller: Seeing, request: Request, centre: TheCentre, pages: ThePages) -> HTMLResponse:
    """Which projects wait, for jobs or for checkouts to follow."""
    return pages.show(request, caller, "ops_projects.html.j2", tab="projects", found=lag.list_lag(caller, centre))


@router.get("/workers")
def get_workers(caller: Seeing, request: Request, centre: TheCentre, pages: ThePages) -> HTMLResponse:
    """Which processes there are, and what each does."""
    return pages.show(
        request,
        caller,
        "ops_workers.html.j2",
        tab="workers",
        found=workers.list_workers(caller, centre),
        duration=duration,
        words=KINDS,
        state_of=state_of,
        may_run=caller.hub_admin,
    )


@router.post("/workers/order")
def post_order(
    caller: Running,
    centre: TheCentre,
    pages: ThePages,
    worker: Annotated[str, Form(max_length=100)],
    order: Annotated[Literal["work", "quiet", "stop"], Form()],
) -> Response:
    """Ask a worker process for something, or all of them."""
    workers.order_workers(caller, centre, worker=worker, order=order)
    return see_other(pages.at("ops", "workers"))
