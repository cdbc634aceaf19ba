"""Search over the names and descriptions of projects and the names of files, in all that one may read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from hubshare.operations.caller import Caller
from hubshare.service.pages.view import ThePages
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action
from hubshare.store.overview import search_projects
from hubshare.store.search import find_files

router = APIRouter(include_in_schema=False)

_PROJECTS, _FILES = 30, 60


@router.get("/search")
def get_search(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    q: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """What is found, projects first."""
    text = q.strip()
    with centre.database.read() as session:
        found = search_projects(session, caller.user, text, _PROJECTS) if text else []
        files = find_files(session, caller.user, text, _FILES) if text else []
        return pages.show(request, caller, "search.html.j2", query=q, text=text, projects=found, files=files)
