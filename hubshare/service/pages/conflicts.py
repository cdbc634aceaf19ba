"""Conflicts in one's own checkouts: what both sides hold, what differs, and picking one, for one file or for many."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from hubshare.centre import Centre
from hubshare.config import MIB
from hubshare.errors import HubShareError, Invalid, NotFound
from hubshare.git.lookup import side_at
from hubshare.names import quoted
from hubshare.operations.caller import Caller
from hubshare.rendering.kinds import Kind, image_type
from hubshare.rendering.requests import make_request
from hubshare.service.api import conflicts as api
from hubshare.service.pages.project_view import ProjectView, open_view
from hubshare.service.pages.rendering import Shown, kind_and_size, placed
from hubshare.service.pages.view import Pages, ThePages
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store import projects
from hubshare.store.access.actions import Action
from hubshare.store.access.decisions import role_of
from hubshare.store.change_index import touching
from hubshare.store.models import Checkout, Conflict, Project
from hubshare.sync.notebooks import cells
from hubshare.sync.trees import Side
from hubshare.vocabulary import Role
from hubshare.wire.api.conflicts import NewPick

router = APIRouter(prefix="/conflicts", include_in_schema=False)

Looking = Annotated[Caller, Depends(requires(Action.BROWSE_OWN, "page"))]
Reading = Annotated[Caller, Depends(requires(Action.READ, "page"))]
#: id of a conflict, and of the two contents that the person saw, "" for a deletion.
Picked = Annotated[list[str], Form(max_length=1000)]

_MOST = 1000
#: Largest notebook that is taken apart by cell, and how many cells may differ.
_CELL_BYTES, _PICKS = 1 * MIB, 200


class Line(NamedTuple):
    """One conflict in a list."""

    conflict: Conflict
    checkout: Checkout
    project: Project
    may_push: bool


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


@router.get("")
def get_conflicts(caller: Looking, request: Request, centre: TheCentre, pages: ThePages) -> HTMLResponse:
    """All open conflicts, by project."""
    return _inbox(request, caller, centre, pages)


@router.get("/pick")
def get_pick(
    caller: Looking,
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    side: Annotated[str, Query(pattern="^(ours|theirs)$")],
    conflict: Annotated[list[str], Query(max_length=_MOST)] = [],  # noqa: B006
    project: str = "",
) -> HTMLResponse:
    """What a pick for several files would do; it is done by the button on this page.

    Args:
        conflict: ids.
        project: all of this one instead.
    """
    with centre.database.read() as session:
        lines = [line for line in _lines(session, caller) if line.conflict.picked is None]
        wanted = [
            line for line in lines if line.conflict.id in conflict or (project and line.project.full_name == project)
        ]
        meant = [line for line in wanted if side == "theirs" or line.may_push]
        picks = [(line, _picked(centre, line)) for line in meant]
    return pages.show(
        request, caller, "pick.html.j2", side=side, picks=picks, left_out=[one for one in wanted if one not in meant]
    )


@router.post("/ours")
def post_ours(
    caller: Annotated[Caller, Depends(requires(Action.PUSH, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    picked: Picked,
) -> Response:
    """Publish one's own version in some conflicts."""
    return _settle(request, caller, centre, pages, picked, lambda: api.settle_ours(caller, centre, _read(picked)))


@router.post("/theirs")
def post_theirs(
    caller: Annotated[Caller, Depends(requires(Action.CHECK_OUT, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    picked: Picked,
) -> Response:
    """Take the published version in some conflicts; one's own agent carries that out."""

    def settle() -> dict[str, int]:
        api.settle_theirs(caller, centre, _read(picked))
        return {}

    return _settle(request, caller, centre, pages, picked, settle)


@router.get("/{conflict}")
def get_conflict(
    caller: Reading, request: Request, centre: TheCentre, pages: ThePages, conflict: api.ConflictId
) -> HTMLResponse:
    """One conflict: what differs, both sides, and who changed what."""
    with centre.database.read() as session:
        row, checkout, project = api.mine(session, caller, conflict)
        place = open_view(session, centre, caller, *project.full_name.split("/"))
        changed = next(iter(touching(session, project.id, row.path, place.newest.number + 1, 1)), None)
    sides = _sides(place, row)
    mine, published = pages.at("conflicts", row.id, "ours"), pages.at.file(place.full_name, "latest", row.path, "raw")
    shelves = [
        _shelf(request, pages, centre, place, row.path, side, address)
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
        difference=_difference(request, pages, centre, place, row.path, shelves),
        picked=_encode(row.id, *sides),
        may_push=Action.PUSH in place.may,
        by_cell={ours.kind, theirs.kind} == {Kind.NOTEBOOK} and not row.picked,
    )


@router.get("/{conflict}/ours")
def get_ours(caller: Reading, centre: TheCentre, conflict: api.ConflictId, show: bool = False) -> Response:
    """One's own version, as a download.

    Args:
        show: an image is shown instead.
    """
    with centre.database.read() as session:
        row, _, project = api.mine(session, caller, conflict)
    repository = centre.repositories.open(project.id)
    side = side_at(repository, row.snapshot, row.path)
    if side is None:
        raise NotFound(f"Your side of {quoted(row.path)} is a deletion.")
    data = repository.read(side.id).data
    image = image_type(data[:4096]) if show else None
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"}
    if image is None:
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(row.path.rpartition('/')[2], safe='')}"
    return Response(data, media_type=image or "application/octet-stream", headers=headers)


async def _form(request: Request) -> dict[str, str]:
    """What a form of any fields brought."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


@router.get("/{conflict}/cells")
def get_cells(
    caller: Reading, request: Request, centre: TheCentre, pages: ThePages, conflict: api.ConflictId
) -> HTMLResponse:
    """The cells of both sides, to be picked one by one."""
    return _cells(request, caller, centre, pages, conflict, {})


@router.post("/{conflict}/cells")
def post_cells(
    caller: Annotated[Caller, Depends(requires(Action.PUSH, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    conflict: api.ConflictId,
    form: Annotated[dict[str, str], Depends(_form)],
) -> Response:
    """Publish the notebook that is made of the picked cells, or only show it."""
    picks = _picks_of(form)
    try:
        with centre.database.read() as session:
            row, checkout, project = api.mine(session, caller, conflict)
            before = projects.latest(session, project.id)
        wanted = _read([form.get("picked", "")])
        if list(wanted) != [conflict]:
            raise Invalid("This form is not one of ours: load the page again.")
        if form.get("do") != "publish":
            return _cells(request, caller, centre, pages, conflict, picks, preview=True)
        with centre.database.read() as session:
            sides = api.as_seen(centre, session, row, wanted[conflict])
        ours, theirs = _notebooks(centre, row, *sides)
        text = cells.merge(ours, theirs, picks)
        name, number = api.settle_with(caller, centre, conflict, wanted[conflict], text)
    except HubShareError as error:
        return _cells(request, caller, centre, pages, conflict, picks, problem=error)
    settled = [(row, checkout, project, before)]
    return pages.show(request, caller, "settled.html.j2", side="cells", settled=settled, versions={name: number})


def _picks_of(form: dict[str, str]) -> dict[int, str]:
    """Number of a piece to the side that was picked."""
    names = [name for name in form if name.startswith("cell-") and name[5:].isascii() and name[5:].isdigit()]
    return {int(name[5:][:6]): form[name] for name in names}


def _notebooks(centre: Centre, row: Conflict, ours: Side, theirs: Side) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both sides, as far as they are notebooks that can be taken apart."""
    if ours is None or theirs is None or not row.path.endswith(".ipynb"):
        raise Invalid("Only two versions of a notebook can be picked from by cell.")
    repository = centre.repositories.open(row.project_id)
    if any((repository.kind_and_size(side.id) or (0, 0))[1] > _CELL_BYTES for side in (ours, theirs)):
        raise Invalid(f"The notebook has more than {_CELL_BYTES // MIB} MiB: pick one of the two files.")
    mine, published = (cells.read_notebook(repository.read(side.id).data) for side in (ours, theirs))
    return mine, published


def _cells(
    request: Request,
    caller: Caller,
    centre: Centre,
    pages: Pages,
    conflict: str,
    picks: dict[int, str],
    preview: bool = False,
    problem: HubShareError | None = None,
) -> HTMLResponse:
    """The page of the cells.

    Args:
        picks: what was picked so far.
        preview: whether to show what they make.
        problem: why that was not published.

    Raises:
        HubShareError: when the person may not see it, or there are no cells to pick.
    """
    with centre.database.read() as session:
        row, _, project = api.mine(session, caller, conflict)
        place = open_view(session, centre, caller, *project.full_name.split("/"))
    sides = _sides(place, row)
    ours, theirs = _notebooks(centre, row, *sides)
    found = cells.pieces(ours, theirs)
    if sum(piece.differs for piece in found) > _PICKS:
        raise Invalid(f"More than {_PICKS} cells differ: pick one of the two files.")
    result: list[dict[str, Any]] | None = None
    if preview:
        try:
            result = cells.read_notebook(cells.merge(ours, theirs, picks).encode())["cells"]
        except Invalid as error:
            problem = error
    return pages.show(
        request,
        caller,
        "cells.html.j2",
        status=problem.status if problem else 200,
        place=place,
        conflict=row,
        pieces=found,
        picks=picks,
        picked=_encode(row.id, *sides),
        source=cells.source,
        result=result,
        problem=problem,
        may_push=Action.PUSH in place.may,
    )


def _lines(session: Session, caller: Caller) -> list[Line]:
    """The person's conflicts, as far as the projects may be read."""
    query = api.open_conflicts(caller.user).order_by(Project.owner, Project.name, Checkout.id, Conflict.path)
    roles: dict[str, Role | None] = {}
    found = []
    for conflict, checkout, project in session.execute(query.limit(_MOST)):
        if project.id not in roles:
            roles[project.id] = role_of(session, project, caller.user)
        role = roles[project.id]
        if role is not None:
            found.append(Line(conflict, checkout, project, role >= Role.writer and project.archived is None))
    return found


def _inbox(
    request: Request, caller: Caller, centre: Centre, pages: Pages, problem: HubShareError | None = None
) -> HTMLResponse:
    with centre.database.read() as session:
        lines = _lines(session, caller)
    by_project: dict[str, list[Line]] = {}
    for line in lines:
        by_project.setdefault(line.project.full_name, []).append(line)
    status = problem.status if problem else 200
    return pages.show(
        request, caller, "conflicts.html.j2", status=status, projects=by_project, problem=problem, most=_MOST
    )


def _settle(
    request: Request,
    caller: Caller,
    centre: Centre,
    pages: Pages,
    picked: list[str],
    settle: Callable[[], dict[str, int]],
) -> Response:
    """Carry a pick out, and say where the other side is. That is told only now, so it is no redirect."""
    with centre.database.read() as session:
        about = [api.mine(session, caller, text.partition(":")[0]) for text in picked]
        before = {project.id: projects.latest(session, project.id) for _, _, project in about}
    try:
        versions = settle()
    except HubShareError as error:
        return _inbox(request, caller, centre, pages, error)
    settled = [(row, checkout, project, before[project.id]) for row, checkout, project in about]
    side = "ours" if versions else "theirs"
    return pages.show(request, caller, "settled.html.j2", side=side, settled=settled, versions=versions)


def _picked(centre: Centre, line: Line) -> str:
    row, repository = line.conflict, centre.repositories.open(line.project.id)
    sides = (side_at(repository, commit, row.path) for commit in (row.snapshot, line.project.head))
    return _encode(row.id, *sides)


def _encode(conflict: str, ours: Side, theirs: Side) -> str:
    return ":".join((conflict, ours.id if ours else "", theirs.id if theirs else ""))


def _read(picked: list[str]) -> dict[str, NewPick]:
    """What `_encode` wrote."""
    found = {}
    for text in picked:
        conflict, *sides = text.split(":")
        if len(sides) != 2 or any(side and (len(side) != 40 or set(side) - set("0123456789abcdef")) for side in sides):
            raise Invalid("This form is not one of ours: load the page again.")
        found[conflict] = NewPick(ours=sides[0] or None, theirs=sides[1] or None)
    return found


def _sides(place: ProjectView, row: Conflict) -> tuple[Side, Side]:
    commits = (row.snapshot, place.newest.commit)
    ours, theirs = (side_at(place.repository, commit, row.path) for commit in commits)
    return ours, theirs


def _time(place: ProjectView, commit: str) -> datetime:
    return datetime.fromtimestamp(place.repository.commit(commit).time, UTC).replace(tzinfo=None)


def _shelf(
    request: Request, pages: Pages, centre: Centre, place: ProjectView, path: str, side: Side, download: str
) -> Shelf:
    if side is None:
        return Shelf(None)
    kind, size, _ = kind_and_size(place, path, side.mode, side.id)
    if kind in (Kind.IMAGE, Kind.PDF, Kind.BINARY):
        return Shelf(side, kind, size, download)
    wanted = make_request(kind, side.id, name=path)
    return Shelf(side, kind, size, download, placed(request, pages.at, centre, place, path, wanted))


def _difference(
    request: Request, pages: Pages, centre: Centre, place: ProjectView, path: str, shelves: list[Shelf]
) -> Shown | None:
    """What the person's version changes in the published one; None where that cannot be shown."""
    kinds = {shelf.kind for shelf in shelves if shelf.kind}
    if kinds & {Kind.IMAGE, Kind.PDF, Kind.BINARY} or not all(shelf.side for shelf in shelves):
        return None
    kind = Kind.NOTEBOOK_DIFFERENCE if kinds == {Kind.NOTEBOOK} else Kind.TEXT_DIFFERENCE
    ours, theirs = (shelf.side.id if shelf.side else "" for shelf in shelves)
    return placed(request, pages.at, centre, place, path, make_request(kind, theirs, ours, name=path))
