"""How one file differs between two versions, and how that is laid out."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from hubshare.errors import NotFound
from hubshare.git.lookup import side_at
from hubshare.names import check_path, quoted
from hubshare.operations.caller import Caller
from hubshare.operations.comparing import Change, renamed_from
from hubshare.operations.project_view import ProjectView, open_view
from hubshare.rendering.kinds import NO_TEXT, PARQUET, Kind, kind_of
from hubshare.rendering.requests import make_request
from hubshare.service.pages.rendering import HEAD, Shown, placed
from hubshare.service.pages.view import ThePages
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store import projects
from hubshare.store.access.actions import Action
from hubshare.store.database import Session
from hubshare.store.models import Version
from hubshare.sync.trees import LINK, Entry, Side

router = APIRouter(prefix="/projects/{owner}/{name}", include_in_schema=False)

Reading = Annotated[Caller, Depends(requires(Action.READ, "page"))]

_BY_KIND = {Kind.NOTEBOOK: Kind.NOTEBOOK_DIFFERENCE, Kind.TABLE: Kind.TABLE_DIFFERENCE}


@dataclass(frozen=True)
class Asked:
    """What a difference is between, and its looks: the query of the pages that show one.

    Args:
        since: the version that is compared with; the one before if not given.
        layout: `split` for side by side.
        spaces: `ignore` where white space does not count.
    """

    since: Annotated[str, Query(max_length=50)] = ""
    layout: Annotated[Literal["", "split"], Query()] = ""
    spaces: Annotated[Literal["", "ignore"], Query()] = ""

    def query(self, **changed: str | int) -> dict[str, str | int | None]:
        """The query for the same with some of it changed."""
        own: dict[str, str | int] = {"since": self.since, "layout": self.layout, "spaces": self.spaces}
        asked = own | changed
        return {name: value or None for name, value in asked.items()}

    def earlier(self, session: Session, place: ProjectView) -> Version | None:
        """The version that is compared with; None before the first one."""
        if self.since:
            return projects.version(session, place.project.id, self.since)
        number = place.version.number
        return projects.version(session, place.project.id, f"v{number - 1}") if number else None


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
    asked: Annotated[Asked, Depends()],
) -> HTMLResponse:
    """How a file differs in a version from how it was in an earlier one."""
    with centre.database.read() as session:
        place = open_view(session, centre, caller, owner, name, version)
        earlier = asked.earlier(session, place)
    before, after = (_side(place, row, check_path(path)) for row in (earlier, place.version))
    was = renamed_from(place.repository, earlier, place.version, path) if before is None and after is not None else ""
    change = Change(path, _side(place, earlier, was) if was else before, after, was)
    if change.before is None and change.after is None:
        raise NotFound(
            f"There is no {quoted(path)} in version {place.version.number} or the one that it is compared with."
        )
    sides = ((was or path, change.before), (path, change.after))
    each = [_kind(place, there, side) if side else None for there, side in sides]
    kinds = {kind for kind in each if kind}
    images = Kind.IMAGE in kinds
    shown: Shown | None = None
    if not images and change.before != change.after and not kinds & NO_TEXT:
        kind = _BY_KIND.get(next(iter(kinds)), Kind.TEXT_DIFFERENCE) if len(kinds) == 1 else Kind.TEXT_DIFFERENCE
        blobs = [side.id if side else "" for _, side in sides]
        looks = {"split": asked.layout == "split", "spaces": asked.spaces != "ignore"}
        shown = placed(request, pages.at, caller, place, path, make_request(kind, *blobs, name=path, **looks))
    return pages.show(
        request,
        caller,
        "difference.html.j2",
        styled=True,
        place=place,
        change=change,
        earlier=earlier,
        asked=asked,
        shown=shown,
        images=images,
        pictured=[kind is Kind.IMAGE for kind in each],
        sizes=[place.size(side.id) if side else None for _, side in sides],
    )


def _side(place: ProjectView, row: Version | None, path: str) -> Side:
    return side_at(place.repository, row.commit, path) if row else None


def _kind(place: ProjectView, path: str, side: Entry) -> Kind:
    if side.mode == LINK:
        return Kind.CODE
    head = place.repository.beginning(side.id, HEAD)
    kind = kind_of(posixpath.basename(path), place.size(side.id), head)
    return Kind.BINARY if kind is Kind.TABLE and head.startswith(PARQUET) else kind
