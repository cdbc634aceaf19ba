"""Editing at the centre: a file's text, a file or folder's name, and its end; each act is one version."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, Response

from hubshare.errors import Clash, DeletionsAsked, HubShareError
from hubshare.operations import files
from hubshare.operations.caller import Caller
from hubshare.operations.project_view import ProjectView
from hubshare.service.pages.project_request import ProjectRequest, TheProjectRequest
from hubshare.service.pages.view import see_other
from hubshare.service.web.authorize import requires
from hubshare.store.access.actions import Action
from hubshare.wire.api.contents import NewChange

router = APIRouter(prefix="/projects/{owner}/{name}", include_in_schema=False)

Writing = Annotated[Caller, Depends(requires(Action.PUSH, "page"))]
_Path = Annotated[str, Form(max_length=4096)]
_Message = Annotated[str, Form(max_length=1000)]
_Base = Annotated[int, Form(ge=0, le=2**31 - 1)]


@router.get("/edit")
def get_edit(caller: Writing, visit: TheProjectRequest, path: str = "", folder: str = "") -> HTMLResponse:
    """A file's text to be edited; without a path, a new file.

    Args:
        folder: where a new file is to lie.
    """
    with visit.centre.database.read() as session:
        place = visit.view(session, caller)
    text = files.read_text(place, path) if path else ""
    return _editor(caller, visit, place, path or (f"{folder}/" if folder else ""), text, new=not path)


@router.post("/edit")
def post_edit(
    caller: Writing,
    visit: TheProjectRequest,
    base: _Base,
    path: _Path = "",
    text: Annotated[str, Form()] = "",
    message: _Message = "",
    new: Annotated[bool, Form()] = False,
) -> Response:
    """Publish a text; what cannot be published stays on the page.

    Args:
        base: number of the version that was edited.
    """
    try:
        saved = files.save_text(
            caller,
            visit.centre,
            owner=visit.owner,
            name=visit.name,
            path=path.strip(),
            text=text,
            base=base,
            new=new,
            message=message,
        )
    except HubShareError as error:
        theirs = error.theirs if isinstance(error, files.SaveRefused) else None
        with visit.centre.database.read() as session:
            place = theirs or visit.view(session, caller)
        return _editor(caller, visit, place, path, text, new, base, message, error, theirs)
    return see_other(visit.pages.at.file(saved.full_name, "latest", path.strip()))


def _editor(
    caller: Caller,
    visit: ProjectRequest,
    place: ProjectView,
    path: str,
    text: str,
    new: bool,
    base: int | None = None,
    message: str = "",
    problem: HubShareError | None = None,
    theirs: ProjectView | None = None,
) -> HTMLResponse:
    """The editor.

    Args:
        base: number of the version that was edited, the newest one if not given.
        theirs: the version in which others have changed the file: what is saved next has been decided on that.
    """
    other = gone = None
    if theirs is not None:
        try:
            other = files.read_text(theirs, path)
        except HubShareError as error:
            gone = error.message
        base, new = theirs.version.number, False
    return visit.show(
        caller,
        "edit.html.j2",
        place,
        problem,
        path=path,
        text=text,
        new=new,
        base=place.newest.number if base is None else base,
        message=message,
        met=theirs is not None,
        theirs=other,
        gone=gone,
    )


@router.get("/change")
def get_change(caller: Writing, visit: TheProjectRequest, path: str) -> HTMLResponse:
    """Another name for a file or folder, or its end."""
    return _naming(caller, visit, path)


@router.post("/rename")
def post_rename(
    caller: Writing,
    visit: TheProjectRequest,
    path: _Path,
    to: _Path,
    base: _Base,
    asked: _Path = "",
    message: _Message = "",
) -> Response:
    """Rename or move a file or folder."""
    wanted = to.strip().rstrip("/")
    change = NewChange(move={path: wanted}, message=message, base=base, confirmed=bool(asked), asked=asked)
    return _changed(caller, visit, change, path, wanted, base)


@router.post("/remove")
def post_remove(
    caller: Writing, visit: TheProjectRequest, path: _Path, base: _Base, asked: _Path = "", message: _Message = ""
) -> Response:
    """Delete a file or folder; it stays in the history."""
    change = NewChange(delete=[path], message=message, base=base, confirmed=bool(asked), asked=asked)
    return _changed(caller, visit, change, path, path.rpartition("/")[0], base, to=path)


def _changed(
    caller: Caller, visit: ProjectRequest, change: NewChange, path: str, then: str, base: int, to: str = ""
) -> Response:
    """Make a change and go to where it has led.

    Args:
        then: path of the page that is shown then.
        to: what was filled in as the new name.
    """
    try:
        files.change_files(caller, visit.centre, owner=visit.owner, name=visit.name, wanted=change)
    except HubShareError as error:
        # What others changed is shown by the page as it is now, on which is decided anew.
        return _naming(
            caller, visit, path, to or then, None if isinstance(error, Clash) else base, error, change.message
        )
    return see_other(visit.pages.at.file(f"{visit.owner}/{visit.name}", "latest", then))


def _naming(
    caller: Caller,
    visit: ProjectRequest,
    path: str,
    to: str = "",
    base: int | None = None,
    problem: HubShareError | None = None,
    message: str = "",
) -> HTMLResponse:
    with visit.centre.database.read() as session:
        place = visit.view(session, caller)
    if problem is None:
        place.entry(path)
    return visit.show(
        caller,
        "change.html.j2",
        place,
        problem,
        path=path,
        to=to or path,
        base=place.newest.number if base is None else base,
        message=message,
        asked=problem.mark if isinstance(problem, DeletionsAsked) else "",
    )
