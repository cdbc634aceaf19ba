"""Searches for jobs that have a name."""

from __future__ import annotations

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from hubshare.store.act_tables import SavedSearch

#: So many are shown at most.
_SHOWN = 200


def searches_for(session: Session, user: str) -> list[SavedSearch]:
    """A user's own and those that are shared, by name."""
    mine = or_(SavedSearch.user == user, SavedSearch.shared)
    return list(
        session.scalars(select(SavedSearch).where(mine).order_by(SavedSearch.name, SavedSearch.id).limit(_SHOWN))
    )


def find_search(session: Session, user: str, name: str) -> SavedSearch | None:
    """The search that a user has saved under a name."""
    return session.scalar(select(SavedSearch).where(SavedSearch.user == user, SavedSearch.name == name))


def count_searches(session: Session, user: str, most: int) -> int:
    """How many a user has saved, or `most` where there are more."""
    some = select(SavedSearch.id).where(SavedSearch.user == user).limit(most).subquery()
    return int(session.scalar(select(func.count()).select_from(some)) or 0)
