"""A project's first page: its files, its README, and how fresh everybody's copy is."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from hubshare.operations.caller import Caller
from hubshare.operations.changes import Changes, look_beside, show_changes
from hubshare.operations.forks import origin_of
from hubshare.operations.project_view import open_view
from hubshare.operations.servers import find_open, owners_server
from hubshare.service.pages.job_words import KINDS, STATES
from hubshare.service.pages.project.folder import Folder, listing, readme
from hubshare.service.pages.view import ThePages
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre, TheServers
from hubshare.store import projects
from hubshare.store.access.actions import Action
from hubshare.store.checkouts import checkouts_in, last_seen
from hubshare.store.conflicts import count_open
from hubshare.store.inbox import count_unread
from hubshare.store.origins import read_taken
from hubshare.store.releases import releases

router = APIRouter(include_in_schema=False)

_COPIES_MOST = 50


@router.get("/projects/{owner}/{name}")
def get_project(
    caller: Annotated[Caller, Depends(requires(Action.READ, "page", unread=False))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    hub: TheServers,
    owner: str,
    name: str,
) -> HTMLResponse:
    """The newest version of a project; for those who only read it, the release that is pinned for them."""
    user = caller.user
    with centre.database.read() as session:
        place = open_view(session, centre, caller, owner, name)
        project, may = place.project.id, place.may
        beside = look_beside(session, caller, place)
        request.state.unread = count_unread(session, user) if beside.unread else 0
        known_as = releases(session, project) if beside.releases else []
        frozen = next((one for one in known_as if one.pinned), None) if Action.PUSH not in may else None
        if frozen is not None:
            place = replace(place, version=projects.version(session, project, f"v{frozen.version}"))
        taken = read_taken(session, project) if beside.origin else None
        origin = origin_of(session, caller, place.project, taken)
        server = owners_server(session, centre, caller, place.project, beside)
        folder = Folder(pages, place, "", place.root)
        files = listing(session, pages, folder, indexed=beside.indexed)
        copies = last_seen(session, project, _COPIES_MOST + 1) if Action.SEE_ACCESS in may else None
        none = Changes([], [], 0) if user else None
        changes = show_changes(session, centre, caller, place) if user and beside.changes else none
        mine = [state.checkout for state in checkouts_in(session, user, [project])] if beside.checkouts else []
        conflicts = count_open(session, project, user) if beside.checkouts else {}
    return pages.show(
        request,
        caller,
        "project.html.j2",
        server=server and find_open(caller, hub, place.project.owner, server),
        origin=origin,
        lost=taken is not None and origin.project is origin.address is None and Action.PUSH in may,
        styled=True,
        place=place,
        listing=files,
        readme=readme(request, pages, caller, folder),
        copies=copies,
        copies_most=_COPIES_MOST,
        changes=changes,
        kinds=KINDS,
        states=STATES,
        mine=mine,
        conflicts=conflicts,
        frozen=frozen,
        releases=known_as[:5],
        git_address=f"{str(request.base_url).rstrip('/')}{pages.at('git', owner, name)}.git",
    )
