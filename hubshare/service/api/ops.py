"""Workers and queues, for those who run the Hub."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from hubshare.operations.caller import Caller
from hubshare.operations.ops import history, lag, pauses, queues, sight, workers
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action
from hubshare.wire.api.ops import (
    History,
    HistoryRange,
    NewPause,
    Overview,
    Pause,
    ProjectLag,
    Queues,
    WorkerOrder,
    WorkerProcess,
)

router = APIRouter(prefix="/ops", tags=["ops"])

Seeing = Annotated[Caller, Depends(requires(Action.SEE_OPS))]
Running = Annotated[Caller, Depends(requires(Action.RUN_OPS))]
Kind = Annotated[str, Query(max_length=64, pattern=r"^[^\x00]*$", description="Tell of these jobs alone over time.")]
What = Annotated[str, Path(max_length=100, description="`queue:NAME` or `kind:NAME`.")]


@router.get("/overview")
def get_overview(caller: Seeing, centre: TheCentre) -> Overview:
    """Whether sharing is healthy, and if not, what is wrong and why; what cannot be asked is a finding."""
    return sight.show_overview(caller, centre)


@router.get("/history")
def get_job_history(caller: Seeing, centre: TheCentre, range: HistoryRange = "hour", kind: Kind = "") -> History:
    """What became of jobs and how long they took: over time, at most 60 points, and for each kind."""
    return history.show_history(caller, centre, range=range, kind=kind)


@router.get("/workers")
def list_workers(caller: Seeing, centre: TheCentre) -> list[WorkerProcess]:
    """All processes of workers and of the service that were seen within the last hour and have not ended in order."""
    return workers.list_workers(caller, centre)


@router.post("/workers/{worker}/order")
def order_workers(
    caller: Running,
    centre: TheCentre,
    worker: Annotated[str, Path(max_length=100, description="Its name; `all` for all of them.")],
    body: WorkerOrder,
) -> list[WorkerProcess]:
    """Ask a worker process for something; it does so within seconds. Who stops is started again by what supervises it."""
    return workers.order_workers(caller, centre, worker=worker, order=body.order)


@router.get("/projects")
def list_lag(caller: Seeing, centre: TheCentre) -> list[ProjectLag]:
    """The hundred projects that wait longest: for jobs to begin, or with checkouts that lack versions."""
    return lag.list_lag(caller, centre)


@router.get("/queues")
def list_queues(caller: Seeing, centre: TheCentre) -> Queues:
    """What waits in the queues, for how long, whose it is, and what is paused."""
    return queues.list_queues(caller, centre)


@router.put("/pauses/{what}")
def pause_jobs(caller: Running, centre: TheCentre, what: What, body: NewPause) -> Pause:
    """Begin no more jobs of a queue or a kind, on any worker, until it is let go on, whatever is started again meanwhile."""
    return pauses.pause_jobs(caller, centre, what=what, reason=body.reason)


@router.delete("/pauses/{what}", status_code=204)
def resume_jobs(caller: Running, centre: TheCentre, what: What) -> None:
    """Let a queue or a kind of jobs go on."""
    pauses.resume_jobs(caller, centre, what=what)
