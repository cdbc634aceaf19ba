"""A conflict of a notebook, picked cell by cell."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from hubshare.centre import Centre
from hubshare.errors import HubShareError, Invalid
from hubshare.operations.caller import Caller
from hubshare.operations.cells import compare_cells, read_notebooks
from hubshare.operations.conflicts import find_conflict, find_conflicts, sides_of
from hubshare.operations.picks import settle_cells
from hubshare.operations.project_view import open_view
from hubshare.rendering.kinds import Kind
from hubshare.rendering.requests import make_request
from hubshare.service.pages.conflicts.form import decode_picks, encode_pick
from hubshare.service.pages.conflicts.side_by_side import ConflictId, Reading
from hubshare.service.pages.rendering import placed_parts
from hubshare.service.pages.view import Pages, ThePages
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action
from hubshare.sync.notebooks import cells

router = APIRouter(prefix="/conflicts", include_in_schema=False)


async def _form(request: Request) -> dict[str, str]:
    """What a form of any fields brought."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


@router.get("/{conflict}/cells")
def get_cells(
    caller: Reading, request: Request, centre: TheCentre, pages: ThePages, conflict: ConflictId
) -> HTMLResponse:
    """The cells of both sides, to be picked one by one."""
    return _page(request, caller, centre, pages, conflict, {})


@router.post("/{conflict}/cells")
def post_cells(
    caller: Annotated[Caller, Depends(requires(Action.PUSH, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    conflict: ConflictId,
    form: Annotated[dict[str, str], Depends(_form)],
) -> Response:
    """Publish the notebook that is made of the picked cells, or only show it."""
    picks = _picks_of(form)
    try:
        ((before, newest),) = find_conflicts(caller, centre, conflicts=[conflict])
        wanted = decode_picks([form.get("picked", "")])
        if list(wanted) != [conflict]:
            raise Invalid("This form is not one of ours: load the page again.")
        if form.get("do") != "publish":
            return _page(request, caller, centre, pages, conflict, picks, preview=True)
        name, number = settle_cells(caller, centre, conflict=conflict, wanted=wanted[conflict], picks=picks)
    except HubShareError as error:
        return _page(request, caller, centre, pages, conflict, picks, problem=error)
    settled = [(*before, newest)]
    return pages.show(request, caller, "settled.html.j2", side="cells", settled=settled, versions={name: number})


def _picks_of(form: dict[str, str]) -> dict[int, str]:
    """Number of a piece to the side that was picked."""
    names = [name for name in form if name.startswith("cell-") and name[5:].isascii() and name[5:].isdigit()]
    return {int(name[5:][:6]): form[name] for name in names}


def _page(
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
        row, _, project = find_conflict(session, caller, conflict)
        place = open_view(session, centre, caller, *project.full_name.split("/"))
    sides = sides_of(centre, row, place.newest.commit)
    ours, theirs = read_notebooks(centre, row, *sides)
    found = compare_cells(ours, theirs)
    wanted = make_request(Kind.CONFLICT, *(side.id if side else "" for side in sides))
    shown = placed_parts(request, pages.at, caller, place, row.path, wanted)
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
        styled=True,
        status=problem.status if problem else 200,
        place=place,
        conflict=row,
        pieces=found,
        shown=shown,
        # What a person has picked is not taken from the page again.
        waits=shown.meta is None and shown.error is None and request.method == "GET",
        picks=picks,
        picked=encode_pick(row.id, *sides),
        source=cells.source,
        result=result,
        problem=problem,
        may_push=Action.PUSH in place.may,
    )
