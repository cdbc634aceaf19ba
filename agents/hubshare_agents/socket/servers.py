"""Access to each other's running servers."""

from __future__ import annotations

import asyncio

from hubshare.client import calls
from hubshare.wire.socket.servers import ListServers, Servers
from hubshare_agents.agent import Agent
from hubshare_agents.checkout.progress import Progress
from hubshare_agents.socket.handler import Handler, ServiceCall


async def servers(agent: Agent, args: ListServers, progress: Progress) -> Servers:
    """Carry out `servers`."""

    def ask() -> Servers:
        return Servers(servers=list(agent.client.shared_servers()), requests=list(agent.client.server_requests()))

    return await asyncio.to_thread(ask)


HANDLERS: dict[str, Handler] = {
    "servers": servers,
    "ask-server": ServiceCall(calls.servers.ask_for_server),
}
