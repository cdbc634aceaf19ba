"""Releases: versions with a name, which stay what they are while work goes on."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, Response

from hubshare.errors import NotFound
from hubshare.names import quoted
from hubshare.operations.caller import Caller
from hubshare.service.pages.project_request import AVisit
from hubshare.service.pages.view import see_other
from hubshare.service.web.authorize import requires
from hubshare.store import projects
from hubshare.store.access.actions import Action
from hubshare.store.releases import add_release, delete_release, pin, releases

router = APIRouter(prefix="/projects/{owner}/{name}/releases", include_in_schema=False)

Reading = Annotated[Caller, Depends(requires(Action.READ, "page"))]
Naming = Annotated[Caller, Depends(requires(Action.RELEASE, "page"))]


@router.get("")
def get_releases(caller: Reading, visit: AVisit, version: str = "") -> HTMLResponse:
    """All releases, and the form for a new one.

    Args:
        version: what the form proposes.
    """
    with visit.centre.database.read() as session:
        place = visit.place(session, caller, version or "latest")
        found = releases(session, place.project.id)
    return visit.show(caller, "releases.html.j2", place, releases=found, may_name=Action.RELEASE in place.may)


@router.post("")
def post_release(
    caller: Naming,
    visit: AVisit,
    called: Annotated[str, Form(max_length=200)],
    version: Annotated[str, Form(max_length=50)],
    notes: Annotated[str, Form()] = "",
) -> Response:
    """Give a version a name."""
    with visit.centre.database.begin() as session:
        project, _ = caller.project(session, visit.owner, visit.name)
        row = projects.version(session, project.id, version.strip())
        made = add_release(session, row, called.strip(), notes.replace("\r\n", "\n").strip(), caller.user)
        caller.note(session, project, release=made.name, version=row.number)
    visit.centre.bus.announce(project.id, {"type": "project", "project": project.full_name})
    return visit.see("releases", full=project.full_name)


@router.get("/{called}")
def get_release(caller: Reading, visit: AVisit, called: str) -> Response:
    """Go to the files of a release; `latest` is the one that was made last. A link that can be given to others."""
    with visit.centre.database.read() as session:
        project, _ = caller.project(session, visit.owner, visit.name)
        found = [row for row in releases(session, project.id) if called in (row.name, "latest")]
    if not found:
        raise NotFound(f"{project.full_name} has no release {quoted(called)}.")
    return see_other(visit.pages.at.file(project.full_name, found[0].version))


@router.post("/{called}/pin")
def post_pin(
    caller: Naming,
    visit: AVisit,
    called: str,
    on: Annotated[bool, Form()] = True,
) -> Response:
    """Show readers this release first, while work goes on; or the newest version again."""
    with visit.centre.database.begin() as session:
        project, _ = caller.project(session, visit.owner, visit.name)
        pin(session, project.id, called if on else None)
        caller.note(session, project, pinned=called if on else None)
    visit.centre.bus.announce(project.id, {"type": "project", "project": project.full_name})
    return visit.see("releases", full=project.full_name)


@router.post("/{called}/delete")
def post_delete(caller: Naming, visit: AVisit, called: str) -> Response:
    """Take a name away from a version."""
    with visit.centre.database.begin() as session:
        project, _ = caller.project(session, visit.owner, visit.name)
        delete_release(session, project.id, called)
        caller.note(session, project, deleted=called)
    return visit.see("releases", full=project.full_name)
