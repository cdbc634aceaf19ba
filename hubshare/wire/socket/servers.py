"""Access to each other's running servers."""

from __future__ import annotations

from hubshare.wire.api.servers import ServerRequest, SharedServer
from hubshare.wire.socket.base import Answer, Arguments, Command, OfProject


class ListServers(Arguments):
    """List the servers that others share with me, and who asks whom for access."""


class Servers(Answer):
    """Servers that I may use, and what waits for an answer."""

    servers: list[SharedServer]
    requests: list[ServerRequest]


class AskServer(OfProject):
    """Ask a project's owner for access to the owner's running server."""


COMMANDS = {
    "servers": Command(ListServers, Servers, "person"),
    "ask-server": Command(AskServer, ServerRequest, "person"),
}
