"""Answers to a `pull`: what a checkout holds now, and which of its conflicts are over. No transaction is long."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select, update

from hubshare.centre import Centre
from hubshare.store.conflicts import settle_conflicts
from hubshare.store.models import Checkout, Conflict, Version, now
from hubshare.wire.agent import Pull

#: Rows that one transaction changes at most: others wait for their turn to write meanwhile.
_ROWS = 500
#: How fresh a checkout is, is written down once in so many seconds, if nothing else has changed.
_FRESH_SECONDS = 20


def note_pull(centre: Centre, user: str, event: Pull) -> None:
    """Write down what a checkout holds, and forget the conflicts that are settled. What says nothing new, or names no version
    of the project, writes nothing."""
    mine = Checkout.id == event.checkout, Checkout.user == user, Checkout.project_id == event.project
    with centre.database.read() as session:
        named = (Version.project_id == Checkout.project_id) & (Version.commit == event.commit)
        found = select(Checkout.commit, Checkout.seen, Version.number).outerjoin(Version, named)
        checkout = session.execute(found.where(*mine).limit(1)).one_or_none()
        if checkout is None:
            return
        over: list[str] = []
        if event.settled:
            paths = session.scalars(select(Conflict.path).where(Conflict.checkout_id == event.checkout))
            over = sorted(set(paths).intersection(event.settled))
        fresh = checkout.commit == event.commit and now() - checkout.seen < timedelta(seconds=_FRESH_SECONDS)
        holds = {} if fresh or checkout.number is None else {"commit": event.commit, "seen": now()}
    if not holds and not over:
        return
    for at in range(0, max(len(over), 1), _ROWS):
        with centre.database.begin(event.project) as session:
            if at == 0 and holds:
                session.execute(update(Checkout).where(*mine).values(holds))
            if part := over[at : at + _ROWS]:
                session.execute(delete(Conflict).where(Conflict.checkout_id == event.checkout, Conflict.path.in_(part)))
                settle_conflicts(session, event.project)
