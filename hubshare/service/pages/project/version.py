"""One version: what it changed, file by file, and the way back to it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from hubshare.errors import DeletionsAsked, NotFound
from hubshare.git.lookup import side_at
from hubshare.git.objects import EMPTY_TREE, diff_trees
from hubshare.names import check_path, quoted
from hubshare.operations.caller import Caller
from hubshare.operations.project_view import ProjectView, open_view
from hubshare.operations.versions import restore_version
from hubshare.rendering.kinds import Kind, kind_of
from hubshare.rendering.requests import make_request
from hubshare.service.pages.rendering import HEAD, Shown, placed
from hubshare.service.pages.view import ThePages, see_other
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store import projects
from hubshare.store.access.actions import Action
from hubshare.store.database import Session
from hubshare.store.models import Version
from hubshare.store.releases import releases
from hubshare.sync.trees import LINK, Entry, Side
from hubshare.wire.api.conflicts import NewRestore

router = APIRouter(prefix="/projects/{owner}/{name}", include_in_schema=False)

Reading = Annotated[Caller, Depends(requires(Action.READ, "page"))]
_FILES = 300


@dataclass(frozen=True)
class Change:
    """One path that a version changed."""

    path: str
    before: Side
    after: Side

    @property
    def what(self) -> str:
        """In a word."""
        if self.before is None:
            return "added"
        if self.after is None:
            return "deleted"
        return "changed" if self.before.id != self.after.id else "mode changed"


@router.get("/versions/{version}")
def get_version(
    caller: Reading, request: Request, centre: TheCentre, pages: ThePages, owner: str, name: str, version: str
) -> HTMLResponse:
    """What a version changed."""
    with centre.database.read() as session:
        place = open_view(session, centre, caller, owner, name, version)
        earlier = _earlier(session, place)
        named = [release for release in releases(session, place.project.id) if release.version == place.version.number]
        number = place.version.number
        following = projects.version(session, place.project.id, f"v{number + 1}") if not place.is_newest else None
    found = list(islice(_changes(place, earlier), _FILES + 1))
    return pages.show(
        request,
        caller,
        "version.html.j2",
        styled=True,
        place=place,
        changes=found[:_FILES],
        more=len(found) > _FILES,
        most=_FILES,
        named=named,
        earlier=earlier,
        following=following,
        may_restore=Action.PUSH in place.may,
    )


@router.get("/versions/{version}/difference/{path:path}")
def get_difference(
    caller: Reading,
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    owner: str,
    name: str,
    version: str,
    path: str,
) -> HTMLResponse:
    """How a version changed one file."""
    with centre.database.read() as session:
        place = open_view(session, centre, caller, owner, name, version)
        earlier = _earlier(session, place)
    before, after = (_side(place, row, check_path(path)) for row in (earlier, place.version))
    if before is None and after is None:
        raise NotFound(f"There is no {quoted(path)} in version {place.version.number} or the one before it.")
    kinds = [_kind(place, path, side) for side in (before, after) if side]
    images = Kind.IMAGE in kinds
    shown_: Shown | None = None
    if not images and Kind.BINARY not in kinds and Kind.PDF not in kinds:
        kind = Kind.NOTEBOOK_DIFFERENCE if set(kinds) == {Kind.NOTEBOOK} else Kind.TEXT_DIFFERENCE
        blobs = [side.id if side else "" for side in (before, after)]
        shown_ = placed(request, pages.at, caller, place, path, make_request(kind, *blobs, name=path))
    return pages.show(
        request,
        caller,
        "difference.html.j2",
        styled=True,
        place=place,
        change=Change(path, before, after),
        earlier=earlier,
        shown=shown_,
        images=images,
        sizes=[place.size(side.id) if side else None for side in (before, after)],
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


def _earlier(session: Session, place: ProjectView) -> Version | None:
    """The version before."""
    number = place.version.number
    return projects.version(session, place.project.id, f"v{number - 1}") if number else None


def _changes(place: ProjectView, earlier: Version | None) -> map[Change]:
    before = place.repository.commit(earlier.commit).tree if earlier else EMPTY_TREE
    return map(lambda found: Change(*found), diff_trees(place.repository.tree, before, place.root))


def _side(place: ProjectView, row: Version | None, path: str) -> Side:
    return side_at(place.repository, row.commit, path) if row else None


def _kind(place: ProjectView, path: str, side: Entry) -> Kind:
    if side.mode == LINK:
        return Kind.CODE
    head = place.repository.beginning(side.id, HEAD)
    kind = kind_of(posixpath.basename(path), place.size(side.id), head)
    return Kind.BINARY if kind is Kind.TABLE and b"\0" in head else kind
