"""Dispatch: one message of an agent, from the user's outbox to the part that answers it."""

from __future__ import annotations

import json

from sqlalchemy import select

from hubshare.centre import Centre
from hubshare.errors import BadEvent, HubShareError
from hubshare.jobs import OutboxEntry
from hubshare.store.models import Checkout, Conflict, Project, now
from hubshare.wire.agent import Access, Outcome, Pick, PickedPath, Pull, Push, Sync, Update, read_from_agent
from hubshare_workers.publish.agent_push import AgentPush
from hubshare_workers.publish.publish import publish


def dispatch(centre: Centre, user: str, raw: bytes, pack: bytes = b"", taken: OutboxEntry | None = None) -> None:
    """Carry out one message. Doing it twice has the effect of doing it once.

    Args:
        user: whose outbox it came in on.
        raw: the event.
        pack: the inline pack, or nothing.
        taken: the entry that it was, which goes along with the answer to a push.
    """
    try:
        event = read_from_agent(raw, centre.settings.max_event_bytes)
        if len(pack) > centre.settings.max_event_bytes:
            raise BadEvent("The pack inside the event is too large: it has to be uploaded.")
    except BadEvent as error:
        refuse(centre, user, raw, error)
        _drop(centre, taken)
        return
    match event:
        case Push():
            publish(centre, AgentPush(centre, user, event, pack, taken))
        case Pull():
            _pulled(centre, user, event)
            _drop(centre, taken)
        case Sync():
            _sync(centre, user, event)
            _drop(centre, taken)


def _drop(centre: Centre, taken: OutboxEntry | None) -> None:
    if taken is not None:
        centre.bus.drop(*taken)


def refuse(centre: Centre, user: str, raw: bytes, error: HubShareError, retry: bool = False) -> None:
    """Tell the pusher that a push came to nothing, as far as the event can be read at all."""
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


def _pulled(centre: Centre, user: str, event: Pull) -> None:
    with centre.database.begin(event.project) as session:
        checkout = session.get(Checkout, event.checkout)
        if checkout is None or checkout.user != user or checkout.project_id != event.project:
            return
        checkout.commit, checkout.seen = event.commit, now()
        if event.settled:
            over = set(event.settled)
            for row in session.scalars(select(Conflict).where(Conflict.checkout_id == checkout.id)):
                if row.path in over:
                    session.delete(row)


def _sync(centre: Centre, user: str, event: Sync) -> None:
    with centre.database.read() as session:
        found = [session.get(Checkout, name) for name in event.checkouts]
        mine = {row.id: session.get_one(Project, row.project_id) for row in found if row and row.user == user}
    for name in event.checkouts:
        project = mine.get(name)
        if project is not None:
            standing = centre.standing(project, user)
            centre.bus.tell([user], standing.encode())
            if isinstance(standing, Update):
                _tell_picks(centre, user, project, name)
        else:
            centre.bus.tell([user], Access(checkout=name, message=_UNKNOWN).encode())


def _tell_picks(centre: Centre, user: str, project: Project, checkout: str) -> None:
    """What the person picked at the centre while no agent was there to hear of it."""
    with centre.database.read() as session:
        rows = session.scalars(select(Conflict).where(Conflict.checkout_id == checkout, Conflict.picked.is_not(None)))
        paths = [PickedPath(path=row.path, **row.picked) for row in rows if row.picked]
    for event in Pick.in_parts(project.id, checkout, paths):
        centre.bus.tell([user], event.encode())


_UNKNOWN = "The Hub does not know this checkout any more. Its files stay; unlink the folder to share it anew."
