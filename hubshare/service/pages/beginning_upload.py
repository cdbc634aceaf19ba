"""A new project, begun by uploading what is to be in it; where that cannot be published there is no project either."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from hubshare.errors import HubShareError, Invalid, Unavailable
from hubshare.operations import projects, uploaded
from hubshare.operations.caller import Caller
from hubshare.service.pages.project.uploading import show_done, wanted_of
from hubshare.service.pages.project_request import ProjectRequest
from hubshare.service.pages.view import Pages, ThePages, see_other
from hubshare.service.web.answers import answer_to
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre, TheDirectory
from hubshare.service.web.places import takes
from hubshare.service.web.uploading import receive
from hubshare.store.access.actions import Action
from hubshare.store.teams import teams_of
from hubshare.wire.api.projects import NewProject, Project

router = APIRouter(prefix="/projects/upload", include_in_schema=False)


@router.get("")
def get_upload(
    caller: Annotated[Caller, Depends(requires(Action.CREATE_PROJECT, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
) -> HTMLResponse:
    """What is to be uploaded, and what the project is to be."""
    return _page(caller, request, centre, pages, {})


@router.post("")
async def post_upload(
    caller: Annotated[Caller, Depends(requires(Action.CREATE_PROJECT, "page", streamed=True))],
    _: Annotated[None, Depends(takes("upload", dear=True))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    directory: TheDirectory,
) -> Response:
    """Take files in, then make the project and publish them in it."""
    fields: dict[str, str] = {}
    made: Project | None = None

    def begin() -> tuple[Project, str]:
        nonlocal made
        wanted = wanted_of({"upload": fields.get("upload", ""), "take_off": "true"})
        made = projects.create_project(caller, centre, directory, wanted=_new_project(fields))
        owner, name = made.name.split("/")
        # Whoever may make a project for a team may push to it.
        pushing = Caller(Action.PUSH, caller.person, caller.door)
        return made, uploaded.publish_upload(pushing, centre, owner=owner, name=name, wanted=wanted)

    try:
        came = await receive(request, centre, caller, fields)
        fields["upload"] = came.upload or fields.get("upload", "")
        project, job = await run_in_threadpool(begin)
        outcome = uploaded.read_outcome(await answer_to(centre, job))
    except HubShareError as error:
        # While nobody has answered, it may still be published.
        if made is not None and not isinstance(error, Unavailable):
            await run_in_threadpool(uploaded.discard_begun, caller, centre, project=made.id)
        return await run_in_threadpool(_page, caller, request, centre, pages, fields, error)
    owner, name = project.name.split("/")
    if not outcome.left_out:
        return see_other(pages.at.project(project.name))
    visit = ProjectRequest(request, centre, pages, owner, name)
    reading = Caller(Action.READ, caller.person, caller.door)
    return await run_in_threadpool(show_done, reading, visit, "", outcome)


def _new_project(fields: dict[str, str]) -> NewProject:
    wanted = {
        "name": fields.get("called", "").strip(),
        "owner": fields.get("owner") or None,
        "description": fields.get("description", ""),
        "visibility": fields.get("visibility", "private"),
    }
    try:
        return NewProject.model_validate(wanted)
    except ValidationError:
        raise Invalid(
            "What the project is to be cannot be: look at its name, its description and who can read it."
        ) from None


def _page(
    caller: Caller,
    request: Request,
    centre: TheCentre,
    pages: Pages,
    fields: dict[str, str],
    problem: HubShareError | None = None,
) -> HTMLResponse:
    with centre.database.read() as session:
        teams = [team.name for team, member in teams_of(session, caller.user)]
    # What has come in stays while only the project is at fault.
    upload = fields.get("upload", "")
    try:
        waits = bool(upload) and centre.uploads.complete(caller.user, upload)
    except HubShareError:
        waits = False
    shown: dict[str, Any] = {"called": "", "owner": "", "description": "", "visibility": "private"}
    return pages.show(
        request,
        caller,
        "upload_new.html.j2",
        status=problem.status if problem else 200,
        problem=problem,
        teams=teams,
        upload=upload if waits else "",
        limit=centre.settings.max_push_bytes,
        file_limit=centre.settings.max_file_bytes,
        **(shown | {name: fields[name] for name in shown if name in fields}),
    )
