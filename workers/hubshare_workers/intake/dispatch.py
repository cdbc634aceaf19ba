"""Dispatch: one message of an agent, from the user's outbox to the part that answers it."""

from __future__ import annotations

import json

from hubshare import tracing
from hubshare.bus.taken import PushCount
from hubshare.centre import Centre
from hubshare.errors import BadEvent, HubShareError
from hubshare.jobs import OutboxEntry
from hubshare.jobs.journal import tell
from hubshare.wire.agent import Outcome, Pull, Push, Sync, read_from_agent
from hubshare.wire.head import HEAD_BYTES, read_head
from hubshare_workers.intake.settling import note_pull
from hubshare_workers.intake.standings import answer_sync
from hubshare_workers.publish.agent_push import AgentPush
from hubshare_workers.publish.noted import publish_noted


def dispatch(
    centre: Centre,
    user: str,
    raw: bytes,
    pack: bytes = b"",
    taken: OutboxEntry | None = None,
    trace: bytes = b"",
    saved: int = 0,
    counted: PushCount | None = None,
) -> None:
    """Carry out one message. Doing it twice has the effect of doing it once.

    Args:
        user: whose outbox it came in on.
        raw: the event.
        pack: the inline pack, or nothing.
        taken: the entry that it was, which goes along with the answer to a push.
        trace: place in a trace that the agent told along with it.
        counted: what stands against it, should it be a push, where that was found along with it.
        saved: when what it holds was taken from the disk, in milliseconds since 1970; 0 where that is not known.
    """
    try:
        event = read_from_agent(raw, centre.settings.max_event_bytes)
        if len(pack) > centre.settings.max_event_bytes:
            raise BadEvent("The pack inside the event is too large: it has to be uploaded.")
    except BadEvent as error:
        refuse(centre, user, raw, error)
        _drop(centre, taken)
        return
    tell(kind=event.type, trace=event.id, minor=not isinstance(event, Push), saved=saved)
    tracing.adopt(tracing.Trace.follow(event.id, trace))
    with tracing.stage(f"apply {event.type}"):
        match event:
            case Push():
                publish_noted(centre, AgentPush(centre, user, event, pack, taken, counted))
            case Pull():
                note_pull(centre, user, event)
                _drop(centre, taken)
            case Sync():
                answer_sync(centre, user, event, taken)
                _drop(centre, taken)


def put_off(centre: Centre, user: str, raw: bytes, error: HubShareError, taken: OutboxEntry) -> None:
    """Do nothing about a message now. A push is refused, to be sent again; all else stays, and comes with a later sweep."""
    if read_head(raw[:HEAD_BYTES]).get("kind") in ("pull", "sync"):
        # Whatever it is: nothing more is done for it.
        centre.bus.leave(*taken)
        return
    try:
        event = read_from_agent(raw, centre.settings.max_event_bytes)
    except BadEvent as fault:
        refuse(centre, user, raw, fault)
    else:
        if not isinstance(event, Push):
            centre.bus.leave(*taken)
            return
        refuse(centre, user, raw, error, retry=True)
    _drop(centre, taken)


def _drop(centre: Centre, taken: OutboxEntry | None) -> None:
    if taken is not None:
        centre.bus.drop(*taken)


def refuse(centre: Centre, user: str, raw: bytes, error: HubShareError, retry: bool = False) -> None:
    """Tell the pusher that a push came to nothing, as far as the event can be read at all."""
    tell(code=error.code, error=error.message)
    try:
        claimed = json.loads(raw)
        outcome = Outcome(
            event=claimed["id"],
            checkout=claimed["checkout"],
            status="refused",
            code=error.code,
            message=error.message,
            retry=retry,
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return
    centre.bus.tell([user], outcome.encode())
