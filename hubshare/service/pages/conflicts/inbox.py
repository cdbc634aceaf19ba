"""All conflicts in one's own checkouts, and picking a side for one or for many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from hubshare.centre import Centre
from hubshare.errors import HubShareError
from hubshare.operations.caller import Caller
from hubshare.operations.conflicts import InboxLine, find_conflicts, list_inbox, sides_of
from hubshare.operations.picks import settle_ours, settle_theirs
from hubshare.service.pages.conflicts.form import MOST, Picked, decode_picks, encode_pick
from hubshare.service.pages.view import Pages, ThePages
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action

router = APIRouter(prefix="/conflicts", include_in_schema=False)

Looking = Annotated[Caller, Depends(requires(Action.BROWSE_OWN, "page"))]


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
    conflict: Annotated[list[str], Query(max_length=MOST)] = [],  # noqa: B006
    project: str = "",
) -> HTMLResponse:
    """What a pick for several files would do; it is done by the button on this page.

    Args:
        conflict: ids.
        project: all of this one instead.
    """
    with centre.database.read() as session:
        lines = [line for line in list_inbox(session, caller, MOST) if line.conflict.picked is None]
        wanted = [
            line for line in lines if line.conflict.id in conflict or (project and line.project.full_name == project)
        ]
    meant = [line for line in wanted if side == "theirs" or line.may_push]
    picks = [
        (line, encode_pick(line.conflict.id, *sides_of(centre, line.conflict, line.project.head))) for line in meant
    ]
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

    def settle() -> dict[str, int]:
        return settle_ours(caller, centre, picks=decode_picks(picked))

    return _settle(request, caller, centre, pages, picked, settle)


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
        settle_theirs(caller, centre, picks=decode_picks(picked))
        return {}

    return _settle(request, caller, centre, pages, picked, settle)


def _inbox(
    request: Request, caller: Caller, centre: Centre, pages: Pages, problem: HubShareError | None = None
) -> HTMLResponse:
    with centre.database.read() as session:
        lines = list_inbox(session, caller, MOST)
    by_project: dict[str, list[InboxLine]] = {}
    for line in lines:
        by_project.setdefault(line.project.full_name, []).append(line)
    status = problem.status if problem else 200
    return pages.show(
        request, caller, "conflicts.html.j2", status=status, projects=by_project, problem=problem, most=MOST
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
    before = find_conflicts(caller, centre, conflicts=[text.partition(":")[0] for text in picked])
    try:
        versions = settle()
    except HubShareError as error:
        return _inbox(request, caller, centre, pages, error)
    side = "ours" if versions else "theirs"
    settled = [(*found, newest) for found, newest in before]
    return pages.show(request, caller, "settled.html.j2", side=side, settled=settled, versions=versions)
