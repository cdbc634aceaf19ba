"""Search over the names and descriptions of projects and the names of files, in all that one may read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from hubshare.operations.caller import Caller
from hubshare.service.pages.home import Line, with_newest
from hubshare.service.pages.view import ThePages
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action
from hubshare.store.access.decisions import readable_by, roles_of
from hubshare.store.change_index import find_files
from hubshare.store.models import Project

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
        found = _projects(session, caller.user, text) if text else []
        files = find_files(session, caller.user, text, _FILES) if text else []
        return pages.show(request, caller, "search.html.j2", query=q, text=text, projects=found, files=files)


def _projects(session: Session, user: str, text: str) -> list[Line]:
    """Projects in whose address or description all words of a text are."""
    query = select(Project).where(readable_by(user))
    address = Project.owner + "/" + Project.name
    for word in text.lower().split()[:8]:
        query = query.where(
            or_(
                func.lower(address).contains(word, autoescape=True),
                func.lower(Project.description).contains(word, autoescape=True),
            )
        )
    found = session.scalars(query.order_by(Project.owner, Project.name).limit(_PROJECTS))
    return with_newest(session, list(found), roles_of(session, user))
