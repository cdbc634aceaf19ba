"""Event streams: what happens to projects, as it happens (server-sent events)."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from hubshare.centre import Centre
from hubshare.errors import Forbidden, HubShareError, Invalid, NotSignedIn
from hubshare.names import quoted
from hubshare.operations.caller import Caller
from hubshare.operations.ops import check_may_see
from hubshare.service.background.feed import Feed, Scope, still_there
from hubshare.service.background.job_news import JobNews
from hubshare.service.background.telling import AsCloudEvents, AsFed, Telling
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre, address_of_service
from hubshare.service.web.places import takes
from hubshare.store.access.actions import Action
from hubshare.vocabulary import Role

router = APIRouter(tags=["events"])

#: Of an event in the feed; Redis takes the time alone as well, and 0 for the beginning.
_PLACE = re.compile(r"[0-9]{1,19}(-[0-9]{1,19})?")


def _last_seen(last: Annotated[str | None, Header(alias="Last-Event-ID")] = None) -> str | None:
    """The place behind which a stream is taken up; None for now."""
    if last is None:
        return None
    if not _PLACE.fullmatch(last):
        raise Invalid(
            f"{quoted(last, 40)} is no place in a stream of events: go on behind the `place` of an event that you were told, "
            "behind 0 for all that are kept, or leave it out to begin now."
        )
    return last if "-" in last else f"{last}-0"


LastSeen = Annotated[str | None, Depends(_last_seen)]
Listening = Annotated[None, Depends(takes("stream"))]
#: Who sees of others' changes how many there are is told at most so often to look again.
_READERS_SECONDS = 5.0
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStream(StreamingResponse):
    """An answer that goes on for as long as somebody listens."""

    media_type = "text/event-stream"


def _telling(
    request: Request,
    source: Annotated[str, Depends(address_of_service)],
    format: Annotated[Literal["plain", "cloudevents"], Query()] = "plain",
) -> Telling:
    """How events are told: plainly, or as CloudEvents 1.0, which name the files that changed."""
    feed: Feed = request.app.state.feed
    return AsCloudEvents(feed.texts, source) if format == "cloudevents" else AsFed()


TheTelling = Annotated[Telling, Depends(_telling)]


def _stream(caller: Caller, request: Request, scope: Scope, last: str | None, telling: Telling) -> EventStream:
    feed: Feed = request.app.state.feed
    return EventStream(feed.listen(caller, request, scope, last, telling), headers=_HEADERS)


@router.get("/events", response_class=EventStream)
def my_events(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN))],
    _: Listening,
    request: Request,
    telling: TheTelling,
    last: LastSeen,
) -> EventStream:
    """What happens to all projects that you may read. A broken stream is taken up with `Last-Event-ID`."""
    return _stream(caller, request, Scope(), last, telling)


@router.get("/me/jobs/events", response_class=EventStream, include_in_schema=False)
def own_job_events(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN))], _: Listening, request: Request
) -> EventStream:
    """When to look at one's own jobs again; nothing else is told."""
    return _when_to_look(caller, request, caller.user)


@router.get("/projects/{owner}/{name}/jobs/events", response_class=EventStream, include_in_schema=False)
def project_job_events(
    caller: Annotated[Caller, Depends(requires(Action.READ))],
    _: Listening,
    centre: TheCentre,
    request: Request,
    owner: str,
    name: str,
) -> EventStream:
    """When to look again at the changes of a project that wait; nothing else is told."""
    with centre.database.read() as session:
        project, role = caller.project(session, owner, name)
    if not caller.user:
        raise NotSignedIn("Sign in to hear of changes that wait.")
    # Readers see a number, and may be many.
    least = 1.0 if role is not None and role >= Role.writer else _READERS_SECONDS
    return _when_to_look(caller, request, caller.user, project.id, least)


@router.get("/ops/events", response_class=EventStream, include_in_schema=False)
def ops_events(
    caller: Annotated[Caller, Depends(requires(Action.SEE_OPS))], _: Listening, request: Request
) -> EventStream:
    """When to look at everybody's jobs, and at workers and queues, again."""
    check_may_see(caller)
    return _when_to_look(caller, request, None)


def _when_to_look(
    caller: Caller, request: Request, user: str | None, project: str = "", least: float = 1.0
) -> EventStream:
    news: JobNews = request.app.state.job_news

    async def still() -> bool:
        there = await still_there(request, caller, caller.hub_admin)
        return there and (not project or await run_in_threadpool(_still_let_in, request, caller, project))

    return EventStream(news.listen(user, still, project, least), headers=_HEADERS)


def _still_let_in(request: Request, caller: Caller, project: str) -> bool:
    centre: Centre = request.app.state.centre
    try:
        with centre.database.read() as session:
            caller.project_of_id(session, project)
    except HubShareError:
        return False
    return True


@router.get("/hub/events", response_class=EventStream)
def hub_events(
    caller: Annotated[Caller, Depends(requires(Action.SEE_ALL_AUDIT))],
    _: Listening,
    request: Request,
    telling: TheTelling,
    last: LastSeen,
) -> EventStream:
    """What happens to all projects of the Hub, for its admins: of what you may not read, that there is something new."""
    if not caller.hub_admin:
        raise Forbidden("Only admins of the Hub may hear of all projects.")
    # Told as CloudEvents alone: the plain ones hold what only readers may know.
    if isinstance(telling, AsFed):
        raise Invalid("The stream of the whole Hub is told as CloudEvents: add `?format=cloudevents`.")
    return _stream(caller, request, Scope(everything=True), last, telling)


@router.get("/teams/{team}/events", response_class=EventStream)
def team_events(
    caller: Annotated[Caller, Depends(requires(Action.SEE_TEAM))],
    _: Listening,
    centre: TheCentre,
    request: Request,
    team: str,
    telling: TheTelling,
    last: LastSeen,
) -> EventStream:
    """What happens to the projects that a team owns, of those that you may read, for as long as you are in it."""
    with centre.database.read() as session:
        name = caller.team(session, team)[0].name
    return _stream(caller, request, Scope(team=name), last, telling)


@router.get("/projects/{owner}/{name}/events", response_class=EventStream)
def project_events(
    caller: Annotated[Caller, Depends(requires(Action.READ))],
    _: Listening,
    centre: TheCentre,
    request: Request,
    owner: str,
    name: str,
    telling: TheTelling,
    last: LastSeen,
) -> EventStream:
    """What happens to one project, until you may not read it any more."""
    with centre.database.read() as session:
        project = caller.project(session, owner, name)[0]
        scope = Scope(project.id, project.full_name)
    return _stream(caller, request, scope, last, telling)
