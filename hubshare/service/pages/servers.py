"""Access to each other's servers: who asks for it, what to say to that, and the servers that are shared."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from hubshare.errors import Forbidden, NotSignedIn, Unavailable
from hubshare.operations import servers
from hubshare.operations.caller import Caller
from hubshare.service.pages.view import ThePages, see_other
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre, TheOwnServers, TheServers
from hubshare.store.access.actions import Action
from hubshare.store.server_shares import find_request, servers_of

router = APIRouter(include_in_schema=False)

ServerField = Annotated[str, Form(max_length=255, pattern=r"^[^\x00]*$")]
NameField = Annotated[str, Form(max_length=255)]


@router.post("/projects/{owner}/{name}/server-request")
def post_request(
    caller: Annotated[Caller, Depends(requires(Action.ASK_SERVER, "page"))],
    centre: TheCentre,
    pages: ThePages,
    owner: str,
    name: str,
) -> Response:
    """Ask a project's owner for access to the owner's server."""
    made = servers.ask_for_server(caller, centre, owner=owner, name=name)
    return see_other(pages.at.project(made.project))


@router.get("/servers")
def get_servers(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    hub: TheServers,
) -> HTMLResponse:
    """Who asks, the servers that are shared with the person who looks, and who may use theirs."""
    try:
        shared, mine = servers.list_shared(caller, centre, hub), servers.list_shares(caller, centre, hub)
        away = ""
    except Unavailable as error:
        # What waits is there, all the same.
        shared, mine, away = [], [], error.message
    asked = servers.list_requests(caller, centre)
    return pages.show(
        request,
        caller,
        "servers.html.j2",
        shared=shared,
        mine=[one for one in mine if one.ended is None],
        ended=[one for one in mine if one.ended is not None] + servers.list_ended(caller, centre),
        waiting=[one for one in asked if one.owner == caller.user],
        asked=[one for one in asked if one.asker == caller.user],
        away=away,
    )


@router.post("/servers/end")
def post_end(
    caller: Annotated[Caller, Depends(requires(Action.SHARE_SERVER, "page"))],
    centre: TheCentre,
    pages: ThePages,
    hub: TheServers,
    owner: NameField,
    user: NameField,
    server: ServerField = "",
) -> Response:
    """End somebody's access to one's server, or one's own to somebody's."""
    servers.end_share(caller, centre, hub, owner=owner, server=server, user=user)
    return see_other(pages.at("servers"))


@router.get("/servers/requests/{request_id}")
def get_request(
    caller: Annotated[Caller, Depends(requires(Action.SHARE_SERVER, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    request_id: str,
    again: bool = False,
) -> HTMLResponse:
    """What it means to say yes, and the form that does."""
    with centre.database.read() as session:
        found = find_request(session, caller.user, request_id)
        return pages.show(
            request,
            caller,
            "server_request.html.j2",
            asked=servers.to_resource(found),
            servers=servers_of(session, caller.user, found.project),
            days=servers.DAYS,
            again=again,
        )


@router.post("/servers/requests/{request_id}")
def post_answer(
    caller: Annotated[Caller, Depends(requires(Action.SHARE_SERVER, "page"))],
    centre: TheCentre,
    pages: ThePages,
    hub: TheOwnServers,
    request_id: str,
    answer: Annotated[str, Form(pattern="^(yes|no|never)$")],
    server: ServerField = "",
    days: Annotated[int, Form()] = servers.DAYS[0],
    again: Annotated[bool, Form()] = False,
) -> Response:
    """Give the access, say no, or say no to whatever else this person asks and offers."""
    if answer != "yes":
        servers.decline_request(caller, centre, request=request_id, always=answer == "never")
        return see_other(pages.at("servers"))
    try:
        servers.grant_request(caller, centre, hub, request=request_id, server=server, days=days)
    except NotSignedIn as error:
        if again:
            raise Forbidden("The Hub does not let you share your server: ask one of its admins.") from error
        # Who has signed in before servers were shared signs in once more, and is asked again.
        return see_other(pages.at("login", next=pages.at("servers", "requests", request_id, again="true")))
    return see_other(pages.at("servers"))
