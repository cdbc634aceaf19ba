"""Acts on many jobs, for admins of the Hub: shown first, then begun for what was shown. Which jobs lies in the address."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from hubshare.operations.caller import Caller
from hubshare.operations.ops import bulk_acts
from hubshare.service.api import After, Limit
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.service.web.job_search import TheSearch
from hubshare.store.access.actions import Action
from hubshare.wire.api.base import Page
from hubshare.wire.api.jobs import JobAct, JobActPreview, JobActWish, NewJobAct

router = APIRouter(prefix="/jobs/acts", tags=["jobs"])

Running = Annotated[Caller, Depends(requires(Action.RUN_OPS))]


@router.post("/preview")
def preview_job_act(caller: Running, centre: TheCentre, wanted: TheSearch, body: JobActWish) -> JobActPreview:
    """How many jobs an act would be about, the newest of them, and what is in the way; nothing is done."""
    return bulk_acts.preview_act(caller, centre, verb=body.verb, wanted=wanted, jobs=body.jobs)


@router.post("", status_code=202, responses={412: {}})
def begin_job_act(caller: Running, centre: TheCentre, wanted: TheSearch, body: NewJobAct) -> JobAct:
    """Retry, cancel, or take off the list, the jobs that a preview of the same has shown, and none besides."""
    return bulk_acts.begin_act(caller, centre, verb=body.verb, wanted=wanted, jobs=body.jobs, confirm=body.confirm)


@router.get("")
def list_job_acts(caller: Running, centre: TheCentre, after: After = None, limit: Limit = 100) -> Page[JobAct]:
    """Acts on many jobs, the newest first."""
    return bulk_acts.list_acts(caller, centre, after=after, limit=limit)


@router.get("/{act}")
def get_job_act(caller: Running, centre: TheCentre, act: str) -> JobAct:
    """How far an act on many jobs has come."""
    return bulk_acts.read_act(caller, centre, act=act)


@router.post("/{act}/cancel")
def cancel_job_act(caller: Running, centre: TheCentre, act: str) -> JobAct:
    """Have an act go no further; what it has done is not taken back."""
    return bulk_acts.cancel_act(caller, centre, act=act)
