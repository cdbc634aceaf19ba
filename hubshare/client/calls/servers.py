"""Calls of access to each other's servers; a service that has this switched off answers that there is nothing."""

from __future__ import annotations

from hubshare.client.call import Call, Listing, api, nothing, one, project_path
from hubshare.client.calls.verbs import listing
from hubshare.wire import api as r


def ask_for_server(project: str) -> Call[r.ServerRequest]:
    """Ask a project's owner for access to the owner's running server."""
    return Call("PUT", project_path(project, "server-request"), one(r.ServerRequest), repeat=True)


def server_requests() -> Listing[r.ServerRequest]:
    """Who asks for access to your servers, and what you have asked; they are granted on HubShare's pages alone."""
    return listing(api("server-requests"), r.ServerRequest)


def decline_server_request(request: str, always: bool = False) -> Call[None]:
    """Decline a request.

    Args:
        always: you want to hear of nothing more that this person asks or offers.
    """
    return Call("POST", api("server-requests", request, "decline"), nothing, body={"always": always})


def shared_servers() -> Listing[r.SharedServer]:
    """The servers that others share with you, with the projects there that you may read."""
    return listing(api("servers"), r.SharedServer)


def server_shares() -> Listing[r.ServerShare]:
    """Who may use your servers, and what has ended lately."""
    return listing(api("server-shares"), r.ServerShare)


def end_server_share(owner: str, user: str, server: str = "") -> Call[None]:
    """End somebody's access to a server of yours, or yours to somebody's."""
    return Call("DELETE", api("server-shares", owner, user), nothing, {"server": server})
