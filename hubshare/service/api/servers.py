"""Access to each other's servers; what lets somebody in is not here, since a program is not to do that."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from hubshare.operations import servers
from hubshare.operations.caller import Caller
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre, TheServers
from hubshare.store.access.actions import Action
from hubshare.wire.api.base import Page, ServerName
from hubshare.wire.api.offers import No
from hubshare.wire.api.servers import ServerRequest, ServerShare, SharedServer

router = APIRouter(tags=["servers"])

Looking = Annotated[Caller, Depends(requires(Action.BROWSE_OWN))]


@router.put("/projects/{owner}/{name}/server-request")
def ask_for_server(
    caller: Annotated[Caller, Depends(requires(Action.ASK_SERVER))], centre: TheCentre, owner: str, name: str
) -> ServerRequest:
    """Ask a project's owner for access to the owner's running server; to ask again is to have asked once."""
    return servers.ask_for_server(caller, centre, owner=owner, name=name)


@router.get("/server-requests")
def list_server_requests(caller: Looking, centre: TheCentre) -> Page[ServerRequest]:
    """Who asks for access to your servers, and what you have asked; they are granted on HubShare's pages alone."""
    return Page(items=servers.list_requests(caller, centre))


@router.post("/server-requests/{request}/decline", status_code=204)
def decline_server_request(
    caller: Annotated[Caller, Depends(requires(Action.ACCEPT))], centre: TheCentre, request: str, wanted: No
) -> None:
    """Decline one; with `always` you hear of nothing more that this person asks or offers."""
    servers.decline_request(caller, centre, request=request, always=wanted.always)


@router.get("/servers")
def list_shared_servers(caller: Looking, centre: TheCentre, hub: TheServers) -> Page[SharedServer]:
    """The servers that others share with you, with the projects there that you may read."""
    return Page(items=servers.list_shared(caller, centre, hub))


@router.get("/server-shares")
def list_server_shares(caller: Looking, centre: TheCentre, hub: TheServers) -> Page[ServerShare]:
    """Who may use your servers, and what has ended lately."""
    return Page(items=servers.list_shares(caller, centre, hub))


@router.delete("/server-shares/{owner}/{user}", status_code=204)
def end_server_share(
    caller: Annotated[Caller, Depends(requires(Action.SHARE_SERVER))],
    centre: TheCentre,
    hub: TheServers,
    owner: str,
    user: str,
    server: Annotated[ServerName, Query()] = "",
) -> None:
    """End somebody's access to a server of yours, or yours to somebody's."""
    servers.end_share(caller, centre, hub, owner=owner, server=server, user=user)
