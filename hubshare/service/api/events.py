"""Event streams: what happens to projects, as it happens (server-sent events)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import StreamingResponse

from hubshare.operations.caller import Caller
from hubshare.service.background.feed import Feed
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.service.web.places import takes
from hubshare.store.access.actions import Action

router = APIRouter(tags=["events"])

LastSeen = Annotated[str | None, Header(alias="Last-Event-ID", pattern=r"^\d{1,19}-\d{1,19}$")]
Listening = Annotated[None, Depends(takes("stream"))]
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStream(StreamingResponse):
    """An answer that goes on for as long as somebody listens."""

    media_type = "text/event-stream"


@router.get("/events", response_class=EventStream)
def my_events(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN))],
    _: Listening,
    request: Request,
    last: LastSeen = None,
) -> EventStream:
    """What happens to all projects that you may read. A broken stream is taken up with `Last-Event-ID`."""
    feed: Feed = request.app.state.feed
    return EventStream(feed.listen(caller, request, None, last), headers=_HEADERS)


@router.get("/projects/{owner}/{name}/events", response_class=EventStream)
def project_events(
    caller: Annotated[Caller, Depends(requires(Action.READ))],
    _: Listening,
    centre: TheCentre,
    request: Request,
    owner: str,
    name: str,
    last: LastSeen = None,
) -> EventStream:
    """What happens to one project, until you may not read it any more."""
    feed: Feed = request.app.state.feed
    with centre.database.read() as session:
        project = caller.project(session, owner, name)[0]
        opened = project.full_name
    return EventStream(feed.listen(caller, request, project.id, last, opened), headers=_HEADERS)
