"""Pages of projects that come from the internet: the form that begins one, how it stands, and links that open the form."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, Response

from hubshare.errors import HubShareError
from hubshare.features.imports import operations
from hubshare.features.imports.links import Gist, Git, default_name, read_link
from hubshare.features.imports.shown import shown, shown_ref
from hubshare.operations.caller import Caller
from hubshare.service.pages.project_request import ProjectRequest, TheProjectRequest
from hubshare.service.pages.view import Pages, ThePages, see_other
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action
from hubshare.store.teams import teams_of
from hubshare.vocabulary import FollowName, VisibilityName
from hubshare.wire.api.imports import ImportChange, NewImport

router = APIRouter(include_in_schema=False)

Creating = Annotated[Caller, Depends(requires(Action.CREATE_PROJECT, "page"))]
Pushing = Annotated[Caller, Depends(requires(Action.PUSH, "page"))]
_Text = Annotated[str, Form(max_length=4096)]


@router.get("/import")
def get_import(
    caller: Creating,
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    link: Annotated[str, Query(max_length=4096)] = "",
) -> HTMLResponse:
    """What is to be fetched, and what the project is to be; a link to this page can name the source."""
    filled: dict[str, Any] = {"link": link.strip()}
    problem = None
    if filled["link"]:
        try:
            filled |= _read_as(filled["link"])
        except HubShareError as error:
            problem = error
    return _form(caller, request, centre, pages, problem, **filled)


@router.post("/import")
def post_import(
    caller: Creating,
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    link: _Text = "",
    called: Annotated[str, Form(max_length=200)] = "",
    owner: Annotated[str, Form(max_length=255)] = "",
    description: _Text = "",
    visibility: Annotated[VisibilityName, Form()] = "private",
    follow: Annotated[FollowName, Form()] = "manual",
    history: Annotated[bool, Form()] = False,
    login: _Text = "",
    secret: _Text = "",
) -> Response:
    """Begin the project, and show how far it is."""
    filled: dict[str, Any] = {
        "description": description,
        "visibility": visibility,
        "follow": follow,
        "history": history,
    }
    wanted = {
        "source": link.strip(),
        "name": called.strip() or None,
        "owner": owner or None,
        "user": login,
        "secret": secret,
    }
    try:
        made = operations.import_project(caller, centre, wanted=NewImport.model_validate(wanted | filled))
    except HubShareError as error:
        with suppress(HubShareError):
            filled = _read_as(link.strip()) | filled
        filled |= {"link": link, "called": called, "owner": owner, "login": login}
        return _form(caller, request, centre, pages, error, **filled)
    return see_other(pages.at.project(made.name, "source"))


def _read_as(link: str) -> dict[str, Any]:
    """What the form says of a link before it is followed."""
    found = read_link(link)
    ref = shown_ref(found) if isinstance(found.source, Git | Gist) else ""
    return {"called": default_name(found), "address": shown(found), "note": found.note, "ref": ref}


def _form(
    caller: Caller, request: Request, centre: TheCentre, pages: Pages, problem: HubShareError | None, **filled: Any
) -> HTMLResponse:
    with centre.database.read() as session:
        teams = [team.name for team, member in teams_of(session, caller.user)]
    texts = dict.fromkeys(("link", "called", "owner", "description", "address", "ref", "note", "login"), "")
    empty: dict[str, Any] = {**texts, "visibility": "private", "follow": "manual", "history": False}
    status = problem.status if problem else 200
    return pages.show(
        request, caller, "import.html.j2", status=status, problem=problem, teams=teams, **(empty | filled)
    )


@router.get("/import/links")
def get_links(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN, "page"))],
    request: Request,
    pages: ThePages,
    link: Annotated[str, Query(max_length=4096)] = "",
) -> HTMLResponse:
    """A link, and a button for a README, that has people get a source here."""
    problem, address, button = None, "", ""
    if link.strip():
        try:
            read_link(link.strip())
            base = str(request.base_url).rstrip("/")
            address, button = base + pages.at("import", link=link.strip()), base + pages.at("static", "button.svg")
        except HubShareError as error:
            problem = error
    found: dict[str, Any] = {"problem": problem, "link": link, "address": address, "button": button}
    return pages.show(request, caller, "links.html.j2", status=problem.status if problem else 200, **found)


@router.get("/projects/{owner}/{name}/source")
def get_source(caller: Pushing, visit: TheProjectRequest) -> HTMLResponse:
    """Where a project comes from, and how far a fetch is."""
    return _source(caller, visit)


@router.post("/projects/{owner}/{name}/source")
def post_source(
    caller: Pushing, visit: TheProjectRequest, act: Annotated[str, Form(pattern="^(fetch|cancel)$")]
) -> Response:
    """Look at the source for what is new, or stop that."""
    try:
        do = operations.fetch_import if act == "fetch" else operations.cancel_import
        do(caller, visit.centre, owner=visit.owner, name=visit.name)
    except HubShareError as error:
        return _source(caller, visit, error)
    return visit.see("source")


@router.post("/projects/{owner}/{name}/source/settings")
def post_settings(
    caller: Annotated[Caller, Depends(requires(Action.CONFIGURE, "page"))],
    visit: TheProjectRequest,
    follow: Annotated[FollowName, Form()] = "manual",
    branch: Annotated[str | None, Form(max_length=255)] = None,
    history: Annotated[bool, Form()] = False,
    login: _Text = "",
    secret: _Text = "",
    forget: Annotated[bool, Form()] = False,
) -> Response:
    """Change how the project follows its source."""
    given: dict[str, Any] = {"user": login, "secret": secret} if secret else {"secret": ""} if forget else {}
    try:
        if branch is not None:
            # The form of a source without branches does not ask for them.
            given |= {"branch": branch, "history": history}
        changes = ImportChange.model_validate({"follow": follow, **given})
        operations.change_import(caller, visit.centre, owner=visit.owner, name=visit.name, changes=changes)
    except HubShareError as error:
        filled = {"follow": follow, "branch": branch, "history": history, "login": login, "forget": forget}
        return _source(caller, visit, error, filled)
    return visit.see("source")


def _source(
    caller: Caller,
    visit: ProjectRequest,
    problem: HubShareError | None = None,
    filled: Mapping[str, Any] | None = None,
) -> HTMLResponse:
    """Show where a project comes from.

    Args:
        filled: what was typed into the form of the settings, if that was refused.
    """
    found = operations.read_import(caller, visit.centre, owner=visit.owner, name=visit.name)
    with visit.centre.database.read() as session:
        place = visit.view(session, caller)
    under_way = found.state in operations.UNDER_WAY
    as_is = {"follow": found.follow, "branch": found.branch, "history": found.history, "login": "", "forget": False}
    told: dict[str, Any] = {"found": found, "under_way": under_way, "refused": filled is not None}
    return visit.show(caller, "source.html.j2", place, problem, **told, filled=filled or as_is)
