"""Releases: versions with a name, which stay what they are while work goes on."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from hubshare.errors import NotFound
from hubshare.names import shown
from hubshare.service.api import TheCentre
from hubshare.service.asking import Asked, asking
from hubshare.service.pages.place import find_place
from hubshare.service.pages.view import ThePages, see_other
from hubshare.store import projects
from hubshare.store.actions import Action
from hubshare.store.releases import add_release, delete_release, pin, releases

router = APIRouter(prefix="/projects/{owner}/{name}/releases", include_in_schema=False)

Reading = Annotated[Asked, Depends(asking(Action.READ, "page"))]
Naming = Annotated[Asked, Depends(asking(Action.RELEASE, "page"))]


@router.get("")
def get_releases(
    asked: Reading, request: Request, centre: TheCentre, pages: ThePages, owner: str, name: str, version: str = ""
) -> HTMLResponse:
    """All releases, and the form for a new one.

    Args:
        version: what the form proposes.
    """
    with centre.database.read() as session:
        place = find_place(session, centre, asked, owner, name, version or "latest")
        return pages.show(
            request,
            asked,
            "releases.html.j2",
            place=place,
            releases=releases(session, place.project.id),
            may_name=Action.RELEASE in place.may,
        )


@router.post("")
def post_release(
    asked: Naming,
    centre: TheCentre,
    pages: ThePages,
    owner: str,
    name: str,
    called: Annotated[str, Form(max_length=200)],
    version: Annotated[str, Form(max_length=50)],
    notes: Annotated[str, Form()] = "",
) -> Response:
    """Give a version a name."""
    with centre.database.begin() as session:
        project, _ = asked.project(session, owner, name)
        row = projects.version(session, project.id, version.strip())
        made = add_release(session, row, called.strip(), notes.replace("\r\n", "\n").strip(), asked.user)
        asked.note(session, project, release=made.name, version=row.number)
    centre.bus.announce(project.id, {"type": "project", "project": project.full_name})
    return see_other(pages.at.project(project.full_name, "releases"))


@router.get("/{called}")
def get_release(asked: Reading, centre: TheCentre, pages: ThePages, owner: str, name: str, called: str) -> Response:
    """Go to the files of a release; `latest` is the one that was made last. A link that can be given to others."""
    with centre.database.read() as session:
        project, _ = asked.project(session, owner, name)
        found = [row for row in releases(session, project.id) if called in (row.name, "latest")]
    if not found:
        raise NotFound(f"{project.full_name} has no release {shown(called)}.")
    return see_other(pages.at.file(project.full_name, found[0].version))


@router.post("/{called}/pin")
def post_pin(
    asked: Naming,
    centre: TheCentre,
    pages: ThePages,
    owner: str,
    name: str,
    called: str,
    on: Annotated[bool, Form()] = True,
) -> Response:
    """Show readers this release first, while work goes on; or the newest version again."""
    with centre.database.begin() as session:
        project, _ = asked.project(session, owner, name)
        pin(session, project.id, called if on else None)
        asked.note(session, project, pinned=called if on else None)
    centre.bus.announce(project.id, {"type": "project", "project": project.full_name})
    return see_other(pages.at.project(project.full_name, "releases"))


@router.post("/{called}/delete")
def post_delete(asked: Naming, centre: TheCentre, pages: ThePages, owner: str, name: str, called: str) -> Response:
    """Take a name away from a version."""
    with centre.database.begin() as session:
        project, _ = asked.project(session, owner, name)
        delete_release(session, project.id, called)
        asked.note(session, project, deleted=called)
    return see_other(pages.at.project(project.full_name, "releases"))
