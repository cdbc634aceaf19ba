"""Releases: versions with a name, which stay what they are while work goes on."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, Response

from hubshare.operations.caller import Caller
from hubshare.operations.releases import add_release, delete_release, get_release, pin_release
from hubshare.service.pages.project_request import TheProjectRequest
from hubshare.service.pages.view import see_other
from hubshare.service.web.authorize import requires
from hubshare.store.access.actions import Action
from hubshare.store.releases import releases

router = APIRouter(prefix="/projects/{owner}/{name}/releases", include_in_schema=False)

Reading = Annotated[Caller, Depends(requires(Action.READ, "page"))]
Naming = Annotated[Caller, Depends(requires(Action.RELEASE, "page"))]


@router.get("")
def get_releases(caller: Reading, visit: TheProjectRequest, version: str = "") -> HTMLResponse:
    """All releases, and the form for a new one.

    Args:
        version: what the form proposes.
    """
    with visit.centre.database.read() as session:
        place = visit.view(session, caller, version or "latest")
        found = releases(session, place.project.id)
    return visit.show(caller, "releases.html.j2", place, releases=found, may_name=Action.RELEASE in place.may)


@router.post("")
def post_release(
    caller: Naming,
    visit: TheProjectRequest,
    called: Annotated[str, Form(max_length=200)],
    version: Annotated[str, Form(max_length=50)],
    notes: Annotated[str, Form()] = "",
) -> Response:
    """Give a version a name."""
    made = add_release(
        caller,
        visit.centre,
        owner=visit.owner,
        name=visit.name,
        called=called.strip(),
        version=version.strip(),
        notes=notes.replace("\r\n", "\n").strip(),
    )
    return visit.see("releases", full=made.project)


@router.get("/{called}")
def show_release(caller: Reading, visit: TheProjectRequest, called: str) -> Response:
    """Go to the files of a release; `latest` is the one that was made last. A link that can be given to others."""
    found = get_release(caller, visit.centre, owner=visit.owner, name=visit.name, called=called)
    return see_other(visit.pages.at.file(found.project, found.version))


@router.post("/{called}/pin")
def post_pin(
    caller: Naming,
    visit: TheProjectRequest,
    called: str,
    on: Annotated[bool, Form()] = True,
) -> Response:
    """Show readers this release first, while work goes on; or the newest version again."""
    changed = pin_release(caller, visit.centre, owner=visit.owner, name=visit.name, called=called, on=on)
    return visit.see("releases", full=changed.project)


@router.post("/{called}/delete")
def post_delete(caller: Naming, visit: TheProjectRequest, called: str) -> Response:
    """Take a name away from a version."""
    return visit.see(
        "releases", full=delete_release(caller, visit.centre, owner=visit.owner, name=visit.name, called=called)
    )
