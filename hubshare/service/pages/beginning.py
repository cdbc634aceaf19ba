"""A new project, begun on a page."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, Response

from hubshare.errors import HubShareError
from hubshare.operations import projects
from hubshare.operations.caller import Caller
from hubshare.service.pages.view import Pages, ThePages, see_other
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre, TheDirectory
from hubshare.store.access.actions import Action
from hubshare.store.teams import teams_of
from hubshare.vocabulary import VisibilityName
from hubshare.wire.api.projects import NewProject

router = APIRouter(prefix="/projects/new", include_in_schema=False)

Creating = Annotated[Caller, Depends(requires(Action.CREATE_PROJECT, "page"))]


@router.get("")
def get_new(
    caller: Creating,
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    owner: Annotated[str, Query(max_length=255)] = "",
) -> HTMLResponse:
    """What a new project is to be; a link can name the team that is to own it."""
    return _page(caller, request, centre, pages, owner=owner)


@router.post("")
def post_new(
    caller: Creating,
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    directory: TheDirectory,
    called: Annotated[str, Form(max_length=200)] = "",
    owner: Annotated[str, Form(max_length=255)] = "",
    description: Annotated[str, Form(max_length=4096)] = "",
    visibility: Annotated[VisibilityName, Form()] = "private",
) -> Response:
    """Make it, and show it."""
    filled = {"called": called, "owner": owner, "description": description, "visibility": visibility}
    wanted = {"name": called.strip(), "owner": owner or None, "description": description, "visibility": visibility}
    try:
        made = projects.create_project(caller, centre, directory, wanted=NewProject.model_validate(wanted))
    except HubShareError as error:
        return _page(caller, request, centre, pages, error, **filled)
    return see_other(pages.at.project(made.name))


def _page(
    caller: Caller,
    request: Request,
    centre: TheCentre,
    pages: Pages,
    problem: HubShareError | None = None,
    **filled: Any,
) -> HTMLResponse:
    with centre.database.read() as session:
        teams = [team.name for team, member in teams_of(session, caller.user)]
    empty = {"called": "", "owner": "", "description": "", "visibility": "private"}
    return pages.show(
        request,
        caller,
        "new_project.html.j2",
        status=problem.status if problem else 200,
        problem=problem,
        teams=teams,
        **(empty | filled),
    )
