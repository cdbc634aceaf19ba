"""Calls of the whole Hub: who you are, how the centre is, what happened and what happens."""

from __future__ import annotations

from hubshare.client.call import Call, Listening, Listing, api, many, nothing, one, project_path
from hubshare.client.calls.verbs import get, listing
from hubshare.wire import api as r


def me() -> Call[r.Me]:
    """Whom the token belongs to, and what it allows."""
    return get(api("me"), r.Me)


def people(query: str = "") -> Call[r.People]:
    """The first people whom you may know of, and your teams and groups, by a part of their name."""
    return get(api("people"), r.People, query=query)


def cost() -> Call[r.Cost]:
    """What your own work has cost the Hub lately."""
    return get(api("me", "cost"), r.Cost)


def costs() -> Call[list[r.Cost]]:
    """Those whose work has cost the Hub most lately, the dearest first; for admins of the Hub."""
    return Call("GET", api("costs"), many(r.Cost), repeat=True)


def health() -> Call[r.Health]:
    """Whether all parts of the centre are well; an answer as well when they are not."""
    return Call("GET", "/health", one(r.Health), repeat=True, fine=(503,))


def project_audit(project: str, page: int = 500) -> Listing[r.AuditEntry]:
    """What was done to a project, the newest first."""
    return listing(project_path(project, "audit"), r.AuditEntry, page)


def team_audit(team: str, page: int = 500) -> Listing[r.AuditEntry]:
    """What was done to a team and the projects that it owns, the newest first."""
    return listing(api("teams", team, "audit"), r.AuditEntry, page)


def hub_audit(page: int = 500) -> Listing[r.AuditEntry]:
    """What was done on the whole Hub, the newest first; for admins of the Hub."""
    return listing(api("audit"), r.AuditEntry, page)


def events(last: str | None = None) -> Listening:
    """What happens to all projects that you may read, as it happens; goes on by itself when the connection breaks.

    Args:
        last: `id` of the event behind which to begin; now if not given.
    """
    return Listening(Call("GET", api("events"), nothing, repeat=True), last, one=False)


def project_events(project: str, last: str | None = None) -> Listening:
    """What happens to one project, until you may not read it any more: that is the last event."""
    return Listening(Call("GET", project_path(project, "events"), nothing, repeat=True), last, one=True)
