"""One conflict: what both sides hold, what differs, and who changed what."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse, Response

from hubshare.operations.caller import Caller
from hubshare.operations.conflicts import find_conflict, open_ours, sides_of
from hubshare.operations.project_view import ProjectView, open_view
from hubshare.rendering.kinds import NO_TEXT, Kind, image_type
from hubshare.rendering.requests import make_request
from hubshare.service.pages.conflicts.form import encode_pick
from hubshare.service.pages.rendering import HEAD, Shown, kind_and_size, placed
from hubshare.service.pages.view import Pages, ThePages
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.service.web.downloads import Downloading, FileContent
from hubshare.store.access.actions import Action
from hubshare.store.change_index import touching
from hubshare.sync.trees import Side

router = APIRouter(prefix="/conflicts", include_in_schema=False)

Reading = Annotated[Caller, Depends(requires(Action.READ, "page"))]
ConflictId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


class Shelf(NamedTuple):
    """One side of a conflict, as the page shows it.

    Attributes:
        side: None where it is a deletion.
        download: address of the file.
        rendering: None where a file is not shown.
    """

    side: Side
    kind: Kind | None = None
    size: int = 0
    download: str = ""
    rendering: Shown | None = None


@router.get("/{conflict}")
def get_conflict(
    caller: Reading, request: Request, centre: TheCentre, pages: ThePages, conflict: ConflictId
) -> HTMLResponse:
    """One conflict: what differs, both sides, and who changed what."""
    with centre.database.read() as session:
        row, checkout, project = find_conflict(session, caller, conflict)
        place = open_view(session, centre, caller, *project.full_name.split("/"))
        changed = next(iter(touching(session, project.id, row.path, place.newest.number + 1, 1)), None)
    sides = sides_of(centre, row, place.newest.commit)
    mine, published = pages.at("conflicts", row.id, "ours"), pages.at.file(place.full_name, "latest", row.path, "raw")
    shelves = [
        _shelf(request, pages, caller, place, row.path, side, address)
        for side, address in zip(sides, (mine, f"{published}?download=1"), strict=True)
    ]
    ours, theirs = shelves
    return pages.show(
        request,
        caller,
        "conflict.html.j2",
        styled=True,
        place=place,
        conflict=row,
        checkout=checkout,
        changed=changed,
        saved=_time(place, row.snapshot),
        ours=ours,
        theirs=theirs,
        published=published,
        difference=_difference(request, pages, caller, place, row.path, shelves),
        picked=encode_pick(row.id, *sides),
        may_push=Action.PUSH in place.may,
        by_cell={ours.kind, theirs.kind} == {Kind.NOTEBOOK} and not row.picked,
    )


@router.get("/{conflict}/ours")
def get_ours(caller: Reading, _: Downloading, centre: TheCentre, conflict: ConflictId, show: bool = False) -> Response:
    """One's own version, as a download.

    Args:
        show: an image is shown instead.
    """
    path, content = open_ours(caller, centre, conflict=conflict)
    image = image_type(content.peek(HEAD)) if show else None
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"}
    if image is None:
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(path.rpartition('/')[2], safe='')}"
    return FileContent(content, image or "application/octet-stream", headers)


def _time(place: ProjectView, commit: str) -> datetime:
    return datetime.fromtimestamp(place.repository.commit(commit).time, UTC).replace(tzinfo=None)


def _shelf(
    request: Request, pages: Pages, caller: Caller, place: ProjectView, path: str, side: Side, download: str
) -> Shelf:
    if side is None:
        return Shelf(None)
    kind, size, _ = kind_and_size(place, path, side.mode, side.id)
    if kind in NO_TEXT:
        return Shelf(side, kind, size, download)
    wanted = make_request(kind, side.id, name=path)
    return Shelf(side, kind, size, download, placed(request, pages.at, caller, place, path, wanted))


def _difference(
    request: Request, pages: Pages, caller: Caller, place: ProjectView, path: str, shelves: list[Shelf]
) -> Shown | None:
    """What the person's version changes in the published one; None where that cannot be shown."""
    kinds = {shelf.kind for shelf in shelves if shelf.kind}
    if kinds & NO_TEXT or not all(shelf.side for shelf in shelves):
        return None
    kind = Kind.NOTEBOOK_DIFFERENCE if kinds == {Kind.NOTEBOOK} else Kind.TEXT_DIFFERENCE
    ours, theirs = (shelf.side.id if shelf.side else "" for shelf in shelves)
    return placed(request, pages.at, caller, place, path, make_request(kind, theirs, ours, name=path))
