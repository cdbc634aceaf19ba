"""The pages of acts on many jobs: what one would do, how far one has come. Which jobs are meant lies in the address."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import Field

from hubshare.errors import Invalid
from hubshare.operations.caller import Caller
from hubshare.operations.ops import bulk_acts
from hubshare.operations.ops.job_verbs import REASONS
from hubshare.service.pages.job_words import KINDS, STATES
from hubshare.service.pages.view import ThePages, see_other
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.service.web.job_search import TheSearch
from hubshare.store.access.actions import Action
from hubshare.wire.api.jobs import JobId, JobVerb

router = APIRouter(prefix="/ops/acts", include_in_schema=False)

Running = Annotated[Caller, Depends(requires(Action.RUN_OPS, "page"))]
_Marked = Field(max_length=200)

_WORDS: dict[str, Any] = {"reasons": REASONS, "states": STATES, "kinds": KINDS}


@router.get("")
def get_acts(
    caller: Running, request: Request, centre: TheCentre, pages: ThePages, after: str | None = None
) -> HTMLResponse:
    """Acts on many jobs, the newest first."""
    found = bulk_acts.list_acts(caller, centre, after=after, limit=50)
    return pages.show(request, caller, "job_acts.html.j2", found=found, after=after, **_WORDS)


@router.get("/new")
def get_new_act(
    caller: Running,
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    wanted: TheSearch,
    verb: JobVerb,
    jobs: Annotated[list[JobId], Query(), _Marked] = [],  # noqa: B006
    mark: bool = False,
) -> HTMLResponse:
    """What an act would be about. Where jobs were to be marked and none is, all are not meant."""
    if mark and not jobs:
        raise Invalid("No job is marked: go back and mark those that are meant.")
    shown = bulk_acts.preview_act(caller, centre, verb=verb, wanted=wanted, jobs=jobs)
    return pages.show(request, caller, "job_act_new.html.j2", shown=shown, marked=jobs, **_WORDS)


@router.post("")
def post_act(
    caller: Running,
    centre: TheCentre,
    pages: ThePages,
    wanted: TheSearch,
    verb: Annotated[JobVerb, Form()],
    confirm: Annotated[str, Form(max_length=100)],
    jobs: Annotated[list[JobId], Form(), _Marked] = [],  # noqa: B006
) -> Response:
    """Have just that done which was shown."""
    begun = bulk_acts.begin_act(caller, centre, verb=verb, wanted=wanted, jobs=jobs, confirm=confirm)
    return see_other(pages.at("ops", "acts", begun.id))


@router.get("/{act}")
def get_act(caller: Running, request: Request, centre: TheCentre, pages: ThePages, act: str) -> HTMLResponse:
    """How far an act has come."""
    found = bulk_acts.read_act(caller, centre, act=act)
    return pages.show(request, caller, "job_act.html.j2", act=found, **_WORDS)


@router.post("/{act}/cancel")
def post_cancel_act(caller: Running, centre: TheCentre, pages: ThePages, act: str) -> Response:
    """Have an act go no further."""
    bulk_acts.cancel_act(caller, centre, act=act)
    return see_other(pages.at("ops", "acts", act))
