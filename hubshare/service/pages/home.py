"""The first page: one's own projects, what is new in them, and what waits for a decision; and the list of all projects."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from hubshare.operations import costs
from hubshare.operations.caller import Caller
from hubshare.operations.notifications import inbox
from hubshare.operations.notifications.kinds import STANDING
from hubshare.operations.offers import to_resource
from hubshare.operations.servers import to_resource as to_request
from hubshare.service.pages.view import ThePages, see_other
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store import overview
from hubshare.store.access.actions import Action
from hubshare.store.offers import offers_to
from hubshare.store.server_shares import requests_to
from hubshare.store.teams import teams_of
from hubshare.wire.api.notifications import ReadAll

router = APIRouter(include_in_schema=False)

_MOST, _NEWS, _LIST, _TOLD = 8, 12, 100, 50


@router.get("/")
def get_home(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
) -> HTMLResponse:
    """What concerns the person who looks."""
    held = costs.held_of(centre, caller.user)
    with centre.database.read() as session:
        lines = overview.own_projects(session, caller.user)
        teams = teams_of(session, caller.user)
        mine = [line for line in lines if line.project.owner == caller.user and line.project.team_id is None]
        team_ids = {team.id for team, _ in teams}
        of_teams = [line for line in lines if line.project.team_id in team_ids]
        shared = [line for line in lines if line not in mine and line not in of_teams]
        told = inbox.read_page(session, caller.user, limit=_TOLD).items
        return pages.show(
            request,
            caller,
            "home.html.j2",
            lists=[
                ("mine", "Your projects", mine[:_MOST], len(mine)),
                ("shared", "Shared with you", shared[:_MOST], len(shared)),
                ("teams", "Your teams’ projects", of_teams[:_MOST], len(of_teams)),
            ],
            first_use=not lines,
            most=_MOST,
            news=overview.news(session, lines, _NEWS),
            offers=[to_resource(found) for found in offers_to(session, caller.user)],
            asking=[to_request(found) for found in requests_to(session, caller.user)]
            if centre.settings.server_shares
            else [],
            conflicts=overview.conflicts_to_settle(session, caller.user),
            behind=overview.checkouts_behind(session, caller.user, _MOST),
            teams=teams,
            told=[one for one in told if one.kind not in STANDING],
            told_until=told[0].time.isoformat() if told else "",
            disabled_hooks=overview.disabled_webhooks(session, caller.user),
            troubled_mirrors=overview.troubled_mirrors(session, caller.user),
            mails=bool(centre.settings.smtp_host),
            debt=round(costs.own_debt(centre, caller.user)),
            held=[found for found in held if found.bytes],
        )


@router.post("/")
def post_read(
    caller: Annotated[Caller, Depends(requires(Action.READ_INBOX, "page"))],
    centre: TheCentre,
    pages: ThePages,
    number: Annotated[int | None, Form(ge=0, lt=2**63)] = None,
    until: Annotated[datetime | None, Form()] = None,
) -> Response:
    """Note that the person has read one thing, or all that was on the page."""
    if number is not None:
        inbox.read_notification(caller, centre, number=number)
    else:
        inbox.read_all(caller, centre, wanted=ReadAll(until=until))
    return see_other(pages.at() + "#inbox-box")


@router.get("/projects")
def get_projects(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    after: str = "",
) -> HTMLResponse:
    """All projects that the person may read, by name."""
    owner, _, name = after.partition("/")
    with centre.database.read() as session:
        found = overview.all_projects(session, caller.user, (owner, name) if name else None, _LIST + 1)
        lines = found[:_LIST]
        following = lines[-1].project.full_name if len(found) > _LIST else None
        return pages.show(request, caller, "projects.html.j2", lines=lines, following=following, after=after)


@router.get("/trash")
def get_trash(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
) -> HTMLResponse:
    """One's own deleted projects, and those of the teams that one maintains."""
    with centre.database.read() as session:
        found = overview.deleted_projects(session, caller.user)
    return pages.show(request, caller, "trash.html.j2", projects=found, days=centre.settings.trash_days)
