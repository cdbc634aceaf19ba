"""What time it is for whoever deletes by age: a clock that was wrong for a moment makes nothing old.

The time is a row of the database. It never goes back, and follows the clock in steps, one each time that the house is kept:
only a clock that stays where it is for days makes something old that was not. Behind the clock it keeps things for longer.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from hubshare.store.models import HouseTime, now

#: How far it follows at most each time. The house is kept about six times an hour.
STEP = timedelta(hours=1)
#: How far the clocks of this machine and of Redis may be apart.
AGREEMENT = timedelta(minutes=10)


def next_time(known: datetime | None, own: datetime, other: datetime) -> datetime:
    """The time by which ages are told from now on.

    Args:
        known: the same, as it was; None for the first time.
        own: what the clock of this machine says.
        other: what the clock of Redis says.
    """
    if known is None:
        return min(own, other)
    if abs(own - other) > AGREEMENT:
        return known
    return max(known, min(own, other, known + STEP))


def advance(session: Session, other: datetime) -> datetime:
    """Follow the clock by a step; returns the time by which ages are told.

    Args:
        other: what the clock of Redis says.
    """
    row = session.get(HouseTime, 1)
    reached = next_time(row.time if row else None, now(), other)
    if row is None:
        session.add(HouseTime(id=1, time=reached))
    else:
        row.time = reached
    return reached


def stamp(session: Session) -> datetime:
    """The time to note for what is to be deleted by its age: a clock that is behind does not make it old at once."""
    row = session.get(HouseTime, 1)
    return max(now(), row.time) if row else now()
