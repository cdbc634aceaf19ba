"""The open conflicts of users."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from hubshare.store.models import Checkout, Conflict, Project


class OpenConflict(NamedTuple):
    """A conflict, in which checkout it is, and of which project that is."""

    conflict: Conflict
    checkout: Checkout
    project: Project


def conflicts_of_user(session: Session, user: str, after: str | None, most: int) -> list[OpenConflict]:
    """The conflicts in a user's checkouts of projects that are not deleted, by id.

    Args:
        after: only those with a larger id.
        most: how many at most.
    """
    query = _of_user(user).where(Conflict.id > (after or "")).order_by(Conflict.id)
    return [OpenConflict(*row) for row in session.execute(query.limit(most))]


def conflicts_by_project(session: Session, user: str, most: int) -> list[OpenConflict]:
    """The same by project, checkout and path, from the first one on."""
    query = _of_user(user).order_by(Project.owner, Project.name, Checkout.id, Conflict.path)
    return [OpenConflict(*row) for row in session.execute(query.limit(most))]


def _of_user(user: str) -> Select[Conflict, Checkout, Project]:
    return (
        select(Conflict, Checkout, Project)
        .join(Checkout, Checkout.id == Conflict.checkout_id)
        .join(Project, Project.id == Conflict.project_id)
        .where(Checkout.user == user, Project.deleted.is_(None))
    )
