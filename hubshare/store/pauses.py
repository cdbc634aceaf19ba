"""Which queues and kinds of jobs are paused: the truth, of which the queue has a copy."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from hubshare.store.ops_tables import Pause


def pauses(session: Session) -> list[Pause]:
    """All that is paused, by name."""
    return list(session.scalars(select(Pause).order_by(Pause.what)))


def add_pause(session: Session, what: str, user: str, reason: str) -> bool:
    """Pause something; return False where it was paused before, which stays as it is."""
    if session.get(Pause, what) is not None:
        return False
    session.add(Pause(what=what, user=user, reason=reason))
    return True


def end_pause(session: Session, what: str) -> bool:
    """Have something go on; return False where it was not paused."""
    found = session.get(Pause, what)
    if found is None:
        return False
    session.delete(found)
    return True
