"""One version: what it changed, file by file, and the way back to it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, Response

from hubshare.errors import DeletionsAsked
from hubshare.operations.caller import Caller
from hubshare.operations.comparing import compare
from hubshare.operations.project_view import open_view
from hubshare.operations.versions import restore_version
from hubshare.service.pages.project.difference import Asked
from hubshare.service.pages.view import ThePages, see_other
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store import projects
from hubshare.store.access.actions import Action
from hubshare.store.releases import releases
from hubshare.wire.api.conflicts import NewRestore

router = APIRouter(prefix="/projects/{owner}/{name}", include_in_schema=False)

Reading = Annotated[Caller, Depends(requires(Action.READ, "page"))]
#: So many changes has a page.
_FILES = 100


@router.get("/versions/{version}")
def get_version(
    caller: Reading,
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    owner: str,
    name: str,
    version: str,
    asked: Annotated[Asked, Depends()],
    page: int = 1,
    behind: Annotated[str, Query(max_length=4096)] = "",
) -> HTMLResponse:
    """What a version changed, since the one before it or another one.

    Args:
        page: of the changes.
        behind: a path; what comes before it is left out.
    """
    with centre.database.read() as session:
        place = open_view(session, centre, caller, owner, name, version)
        earlier = asked.earlier(session, place)
        named = [release for release in releases(session, place.project.id) if release.version == place.version.number]
        number = place.version.number
        following = projects.version(session, place.project.id, f"v{number + 1}") if not place.is_newest else None
    found = compare(place.repository, earlier, place.version, _FILES, page, behind)
    return pages.show(
        request,
        caller,
        "version.html.j2",
        styled=True,
        place=place,
        found=found,
        changes=found.changes,
        behind=behind,
        named=named,
        earlier=earlier,
        asked=asked,
        following=following,
        may_restore=Action.PUSH in place.may,
    )


@router.post("/versions/{version}/restore")
def post_restore(
    caller: Annotated[Caller, Depends(requires(Action.PUSH, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    owner: str,
    name: str,
    version: str,
    path: Annotated[str, Form(max_length=4096)] = "",
    confirmed: Annotated[bool, Form()] = False,
    asked: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Publish a file, or all, of a version again."""
    wanted = NewRestore(path=path, confirmed=confirmed, asked=asked)
    try:
        settled = restore_version(caller, centre, owner=owner, name=name, version=version, wanted=wanted)
    except DeletionsAsked as error:
        with centre.database.read() as session:
            place = open_view(session, centre, caller, owner, name, version)
        return pages.show(
            request,
            caller,
            "confirm.html.j2",
            status=409,
            place=place,
            path=path,
            message=error.message,
            asked=error.mark,
        )
    return see_other(pages.at("projects", owner, name, "versions", settled.version or 0))
