"""Finding projects and people."""

from __future__ import annotations

from hubshare.client import calls
from hubshare.wire.socket.finding import Found
from hubshare_agents.socket.handler import Handler, ServiceCall

HANDLERS: dict[str, Handler] = {
    "find": ServiceCall(calls.projects.find_projects, lambda _, page: Found(projects=page.items, next=page.next)),
    "people": ServiceCall(calls.hub.people),
}
