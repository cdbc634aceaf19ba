"""A project's first page: its files, its README, and how fresh everybody's copy is."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from hubshare.operations.caller import Caller
from hubshare.operations.changes import show_changes
from hubshare.operations.forks import origin_of
from hubshare.operations.project_view import open_view
from hubshare.operations.servers import find_open, owners_server
from hubshare.service.pages.job_words import KINDS, STATES
from hubshare.service.pages.project.folder import listing, readme
from hubshare.service.pages.view import ThePages
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre, TheServers
from hubshare.store import projects
from hubshare.store.access.actions import Action
from hubshare.store.checkouts import checkouts_in, last_seen
from hubshare.store.origins import read_taken
from hubshare.store.releases import pinned, releases

router = APIRouter(include_in_schema=False)

_COPIES_MOST = 50


@router.get("/projects/{owner}/{name}")
def get_project(
    caller: Annotated[Caller, Depends(requires(Action.READ, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    hub: TheServers,
    owner: str,
    name: str,
) -> HTMLResponse:
    """The newest version of a project; for those who only read it, the release that is pinned for them."""
    servers = find_open(caller, centre, hub, owner=owner)
    with centre.database.read() as session:
        place = open_view(session, centre, caller, owner, name)
        frozen = pinned(session, place.project.id) if Action.PUSH not in place.may else None
        if frozen is not None:
            place = replace(place, version=projects.version(session, place.project.id, f"v{frozen.version}"))
        taken = read_taken(session, place.project.id)
        origin = origin_of(session, caller, place.project, taken)
        lost = taken is not None and origin.project is origin.address is None and Action.PUSH in place.may
        return pages.show(
            request,
            caller,
            "project.html.j2",
            server=owners_server(session, centre, caller, place.project, servers),
            origin=origin,
            lost=lost,
            styled=True,
            place=place,
            listing=listing(session, pages, place, "", place.root),
            readme=readme(request, pages.at, caller, place, "", place.root),
            copies=last_seen(session, place.project.id, _COPIES_MOST + 1) if Action.SEE_ACCESS in place.may else None,
            copies_most=_COPIES_MOST,
            changes=show_changes(session, centre, caller, place) if caller.user else None,
            kinds=KINDS,
            states=STATES,
            mine=[state.checkout for state in checkouts_in(session, caller.user, [place.project.id])],
            frozen=frozen,
            releases=releases(session, place.project.id)[:5],
            git_address=f"{str(request.base_url).rstrip('/')}{pages.at('git', owner, name)}.git",
        )
