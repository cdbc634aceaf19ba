"""Files uploaded into a project: one version, once all has been decided."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from hubshare.errors import HubShareError, Invalid, NotFound, Unavailable
from hubshare.operations import uploaded
from hubshare.operations.caller import Caller
from hubshare.service.pages.project_request import ProjectRequest, TheProjectRequest
from hubshare.service.pages.view import see_other
from hubshare.service.web.answers import answer_to
from hubshare.service.web.authorize import requires
from hubshare.service.web.places import takes
from hubshare.service.web.uploading import receive
from hubshare.store.access.actions import Action
from hubshare.wire.api.contents import NewUpload, Uploaded

router = APIRouter(prefix="/projects/{owner}/{name}", include_in_schema=False)

_NOTHING = "Choose what is to be uploaded first: files, a folder or a zip."


@router.get("/upload")
def get_upload(
    caller: Annotated[Caller, Depends(requires(Action.PUSH, "page"))], visit: TheProjectRequest, folder: str = ""
) -> HTMLResponse:
    """What is to be uploaded into a folder."""
    return _page(caller, visit, {"folder": folder})


@router.post("/upload")
async def post_upload(
    caller: Annotated[Caller, Depends(requires(Action.PUSH, "page", streamed=True))],
    _: Annotated[None, Depends(takes("upload", dear=True))],
    visit: TheProjectRequest,
) -> Response:
    """Take files in, and publish them; or decide on those that have come in."""
    fields: dict[str, str] = {}
    await run_in_threadpool(_check, caller, visit)
    try:
        came = await receive(visit.request, visit.centre, caller, fields)
        if came.upload:
            fields |= {"upload": came.upload, "take_off": fields.get("take_off", "") if came.zip else ""}
        if fields.get("existing") == "cancel":
            await run_in_threadpool(uploaded.discard_upload, caller, visit.centre, upload=fields.get("upload", ""))
            return see_other(visit.pages.at.file(f"{visit.owner}/{visit.name}", "latest", fields.get("folder", "")))
        job = await run_in_threadpool(_publish, caller, visit, wanted_of(fields))
        outcome = uploaded.read_outcome(await answer_to(visit.centre, job))
    except HubShareError as error:
        return await run_in_threadpool(_refused, caller, visit, fields, error)
    if not outcome.left_out and not outcome.top:
        return see_other(visit.pages.at.file(f"{visit.owner}/{visit.name}", "latest", fields.get("folder", "")))
    return await run_in_threadpool(show_done, caller, visit, fields.get("folder", ""), outcome)


def wanted_of(fields: dict[str, str]) -> NewUpload:
    """What the fields of a form ask for.

    Raises:
        Invalid: when nothing was chosen, or they are none of ours.
    """
    if not fields.get("upload"):
        raise Invalid(_NOTHING)
    found: dict[str, str | int | bool] = {
        name: value for name, value in fields.items() if name in ("upload", "folder", "existing", "message") and value
    }
    if fields.get("base", "").isascii() and fields.get("base", "").isdigit():
        found["base"] = int(fields["base"][:18])
    try:
        return NewUpload.model_validate(found | {"take_off": fields.get("take_off") == "true"})
    except ValidationError:
        raise Invalid("This did not come from a page of HubShare that is up to date: load the page again.") from None


def _check(caller: Caller, visit: ProjectRequest) -> None:
    """Whether the person may upload, before anything is taken in."""
    with visit.centre.database.read() as session:
        caller.project(session, visit.owner, visit.name)


def _publish(caller: Caller, visit: ProjectRequest, wanted: NewUpload) -> str:
    return uploaded.publish_upload(caller, visit.centre, owner=visit.owner, name=visit.name, wanted=wanted)


def _refused(caller: Caller, visit: ProjectRequest, fields: dict[str, str], problem: HubShareError) -> HTMLResponse:
    """Why nothing was published; what has come in stays only where the form names it, or it may still be published."""
    if not isinstance(problem, uploaded.WouldReplace | Unavailable):
        with suppress(NotFound):
            uploaded.discard_upload(caller, visit.centre, upload=fields.get("upload", ""))
    return _page(caller, visit, fields, problem)


def show_done(caller: Caller, visit: ProjectRequest, folder: str, outcome: Uploaded) -> HTMLResponse:
    """What became of an upload, where there is something to say of it."""
    with visit.centre.database.read() as session:
        place = visit.view(session, caller)
    return visit.show(caller, "uploaded.html.j2", place, folder=folder, outcome=outcome)


def _page(
    caller: Caller, visit: ProjectRequest, fields: dict[str, str], problem: HubShareError | None = None
) -> HTMLResponse:
    """The form; or the question about what is there already, of which the upload waits at the centre."""
    with visit.centre.database.read() as session:
        place = visit.view(session, caller)
    return visit.show(
        caller,
        "upload.html.j2",
        place,
        problem,
        asked=problem if isinstance(problem, uploaded.WouldReplace) else None,
        folder=fields.get("folder", ""),
        message=fields.get("message", ""),
        upload=fields.get("upload", ""),
        take_off=fields.get("take_off") == "true",
        limit=visit.centre.settings.max_push_bytes,
        file_limit=visit.centre.settings.max_file_bytes,
    )
