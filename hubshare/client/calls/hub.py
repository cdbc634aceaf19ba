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


def ready() -> Call[r.Readiness]:
    """Whether the centre can work for people at this moment."""
    return Call("GET", "/health/ready", one(r.Readiness), repeat=True, fine=(503,))


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


def events(last: str | None = None) -> Listening[r.Event]:
    """What happens to all projects that you may read, as it happens; goes on by itself when the connection breaks.

    Args:
        last: `id` of the event behind which to begin; now if not given.
    """
    return Listening(Call("GET", api("events"), nothing, repeat=True), last, one=False, model=r.Event)


def project_events(project: str, last: str | None = None) -> Listening[r.Event]:
    """What happens to one project, until you may not read it any more: that is the last event."""
    return Listening(Call("GET", project_path(project, "events"), nothing, repeat=True), last, one=True, model=r.Event)


def subscribe(to: str = "", *, after: str | None = None) -> Listening[r.CloudEvent]:
    """What happens, as CloudEvents that name the files that changed; goes on by itself, without a gap, when the connection
    breaks or the service starts anew. Where the gap was too long, an event with `missed` says so: ask then how things stand.

    Args:
        to: `owner/name` of a project: the last event is the one with `lost`, if you may not read it any more; `team:NAME` for
            the projects of a team; empty for all projects. Of those that you may read.
        after: `place` of the event behind which to begin; now if not given.
    """
    kind, _, team = to.partition(":")
    if kind == "team" and "/" not in to:
        return _cloud(api("teams", team, "events"), after, one=False)
    return _cloud(project_path(to, "events") if to else api("events"), after, one=bool(to))


def subscribe_hub(after: str | None = None) -> Listening[r.CloudEvent]:
    """The same for all projects of the Hub, for its admins: of what you may not read only that there is something new."""
    return _cloud(api("hub", "events"), after, one=False)


def _cloud(path: str, after: str | None, one: bool) -> Listening[r.CloudEvent]:
    call = Call("GET", path, nothing, {"format": "cloudevents"}, repeat=True)
    return Listening(call, after, one, r.CloudEvent)
