"""A project of one's own, begun with the files of another one; and taking what is new there."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import HTMLResponse, Response

from hubshare.errors import DeletionsAsked, HubShareError, Invalid
from hubshare.operations import forks
from hubshare.operations.caller import Caller
from hubshare.service.pages.project_request import ProjectRequest, TheProjectRequest
from hubshare.service.pages.view import see_other
from hubshare.service.web.authorize import requires
from hubshare.service.web.downloads import AS_A_FILE, Downloading, FileContent
from hubshare.store.access.actions import Action
from hubshare.store.teams import teams_of
from hubshare.sync.origin import Rest
from hubshare.vocabulary import VisibilityName
from hubshare.wire.api.forks import NewFork, NewOriginPull

router = APIRouter(prefix="/projects/{owner}/{name}", include_in_schema=False)

Forking = Annotated[Caller, Depends(requires(Action.FORK, "page"))]
Pulling = Annotated[Caller, Depends(requires(Action.PUSH, "page"))]
_Number = Annotated[int, Form(ge=0, le=2**31 - 1)]
#: So many files, and so many conflicts, are named on the page.
_NAMED_MOST = 200


@router.get("/fork")
def get_fork(caller: Forking, visit: TheProjectRequest) -> HTMLResponse:
    """What the new project is to be."""
    return _beginning(caller, visit)


@router.post("/fork")
def post_fork(
    caller: Forking,
    visit: TheProjectRequest,
    called: Annotated[str, Form(max_length=200)] = "",
    whose: Annotated[str, Form(max_length=255)] = "",
    description: Annotated[str, Form(max_length=4096)] = "",
    visibility: Annotated[VisibilityName, Form()] = "private",
) -> Response:
    """Make it, and show it."""
    filled = {"called": called, "whose": whose, "description": description, "visibility": visibility}
    try:
        wanted = NewFork(
            name=called.strip() or None, owner=whose or None, description=description, visibility=visibility
        )
        made = forks.fork_project(caller, visit.centre, owner=visit.owner, name=visit.name, wanted=wanted)
    except HubShareError as error:
        return _beginning(caller, visit, error, **filled)
    return see_other(visit.pages.at.project(made.name))


def _beginning(
    caller: Caller, visit: ProjectRequest, problem: HubShareError | None = None, **filled: Any
) -> HTMLResponse:
    with visit.centre.database.read() as session:
        place = visit.view(session, caller)
        teams = [team.name for team, _ in teams_of(session, caller.user)]
    empty = {"called": place.project.name, "whose": "", "description": "", "visibility": "private"}
    return visit.show(caller, "fork.html.j2", place, problem, teams=teams, **(empty | filled))


@router.get("/origin")
def get_origin(caller: Pulling, visit: TheProjectRequest) -> HTMLResponse:
    """What a pull from the origin would do."""
    return _plan(caller, visit)


@router.get("/origin/file")
def get_origin_file(
    caller: Annotated[Caller, Depends(requires(Action.READ, "page"))],
    _: Downloading,
    visit: TheProjectRequest,
    path: Annotated[str, Query(max_length=4096)],
) -> Response:
    """A file as the origin has it, as a download."""
    content = forks.open_origin_file(caller, visit.centre, owner=visit.owner, name=visit.name, path=path)
    return FileContent(content, "application/octet-stream", AS_A_FILE)


@router.post("/origin")
def post_origin(
    caller: Pulling,
    visit: TheProjectRequest,
    version: _Number,
    base: _Number,
    path: Annotated[list[str] | None, Form()] = None,
    side: Annotated[list[str] | None, Form()] = None,
    rest: Annotated[Rest, Form()] = "ask",
    asked: Annotated[str, Form(max_length=4096)] = "",
) -> Response:
    """Take what is new.

    Args:
        path, side: of each conflict, `ours`, `theirs` or "" for later.
        rest: what becomes of those for later.
        asked: mark of the deletions that the person was asked about, and so confirms.
    """
    picks = dict(zip(path or [], side or [], strict=False))
    try:
        if len(picks) > _NAMED_MOST:
            raise Invalid("That are more picks than the page has: look again.")
        wanted = NewOriginPull(
            version=version,
            base=base,
            ours=[one for one, picked in picks.items() if picked == "ours"],
            theirs=[one for one, picked in picks.items() if picked == "theirs"],
            rest=rest,
            confirmed=bool(asked),
            asked=asked,
        )
        forks.pull_from_origin(caller, visit.centre, owner=visit.owner, name=visit.name, wanted=wanted)
    except HubShareError as error:
        return _plan(caller, visit, error, picks, rest)
    return visit.see()


def _plan(
    caller: Caller,
    visit: ProjectRequest,
    problem: HubShareError | None = None,
    picks: dict[str, str] | None = None,
    rest: Rest = "ask",
) -> HTMLResponse:
    """What would be taken now; what was picked stays picked."""
    found = forks.look_at_origin(caller, visit.centre, owner=visit.owner, name=visit.name)
    at, origin = visit.pages.at, found.origin

    def there(path: str) -> str:
        """Where a file can be looked at as the origin has it."""
        if origin.outside:
            return at.project(found.fork.full_name, "origin", "file", path=path)
        return at.file(origin.name, origin.version, path)

    return visit.show(
        caller,
        "origin.html.j2",
        found.fork,
        problem,
        found=found,
        there=there,
        kinds=list(found.kinds.items())[:_NAMED_MOST],
        files=len(found.kinds),
        conflicts=found.intake.conflicts[:_NAMED_MOST],
        more=max(0, len(found.intake.conflicts) - _NAMED_MOST),
        picks=picks or {},
        rest=rest,
        asked=problem.mark if isinstance(problem, DeletionsAsked) else "",
    )
