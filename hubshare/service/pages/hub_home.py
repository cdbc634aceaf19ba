"""What the Hub's own home shows of HubShare, where an admin wants that: what needs somebody, and what is shared with them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from hubshare.names import count
from hubshare.operations.caller import Caller
from hubshare.service.pages.view import ThePages
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store import overview
from hubshare.store.access.actions import Action
from hubshare.store.offers import offers_to
from hubshare.store.server_shares import requests_to

router = APIRouter(include_in_schema=False)

#: So many lines of each kind: the Hub's home is about servers.
_MOST = 5


@router.get("/hub-home")
def get_hub_home(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
) -> JSONResponse:
    """A few lines, each a name, where it leads, and words; the page makes text of them, never HTML."""
    with centre.database.read() as session:
        offers = len(offers_to(session, caller.user))
        asking = len(requests_to(session, caller.user)) if centre.settings.server_shares else 0
        conflicts = overview.conflicts_to_settle(session, caller.user)
        behind = overview.checkouts_behind(session, caller.user, _MOST)
        lines = overview.own_projects(session, caller.user)
        others = [
            line.project for line in lines if line.project.team_id is not None or line.project.owner != caller.user
        ]
        needs = [_line("HubShare", pages.at(), f"{count(offers, 'offer')} to answer")] if offers else []
        if asking:
            needs.append(_line("HubShare", pages.at("servers"), f"{count(asking, 'request')} for your server"))
        needs += [
            _line(one.project.full_name, pages.at("conflicts"), count(one.number, "open conflict"))
            for one in conflicts[:_MOST]
        ]
        needs += [
            _line(
                one.project.full_name, pages.at.project(one.project.full_name), f"{count(one.number, 'version')} behind"
            )
            for one in behind
        ]
        shared = [
            _line(one.full_name, pages.at.project(one.full_name), one.description[:140]) for one in others[:_MOST]
        ]
    return JSONResponse({"needs": needs, "shared": shared}, headers=_readable_by_the_hub(request, pages.hub_origin))


def _line(name: str, path: str, words: str) -> dict[str, str]:
    return {"name": name, "path": path, "words": words}


def _readable_by_the_hub(request: Request, hub: str) -> dict[str, str]:
    """Let the Hub's pages read it where they have another origin than the service; servers of users have others still."""
    headers = {"Vary": "Origin, Cookie"}
    if hub and request.headers.get("origin") == hub:
        headers |= {"Access-Control-Allow-Origin": hub, "Access-Control-Allow-Credentials": "true"}
    return headers
