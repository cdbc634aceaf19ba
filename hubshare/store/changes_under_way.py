"""The jobs that change one project: those that wait or run, and those that have ended a moment ago."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session

from hubshare.store.job_list import first_since
from hubshare.store.job_tables import Job
from hubshare.store.models import Checkout

#: So many are counted.
COUNTED = 1000


@dataclass(frozen=True)
class ChangeFilter:
    """Which changes of a project are meant.

    Attributes:
        project: id.
        kinds: as jobs have them.
        states: in which they are.
        user: whose alone; None for everybody's.
        since: on the queue since then, and ended (UTC); None where that does not matter.
    """

    project: str
    kinds: Collection[str]
    states: Collection[str]
    user: str | None = None
    since: datetime | None = None


def find_changes(session: Session, wanted: ChangeFilter, most: int) -> list[Job]:
    """Changes of a project in the order in which they came; those that have ended the newest first.

    Args:
        most: how many at most.
    """
    query = _matching(wanted, select(Job)).order_by(Job.number if wanted.since is None else Job.number.desc())
    if wanted.since is not None:
        query = query.where(Job.number >= first_since(session, wanted.since), Job.ended >= wanted.since)
    return list(session.scalars(query.limit(most)))


def count_changes(session: Session, wanted: ChangeFilter, but: str) -> int:
    """How many changes of a project there are, or `COUNTED` where there are more; one that was sent again is one.

    Args:
        but: whose are not counted.
    """
    some = _matching(wanted, select(Job.trace)).where(Job.user != but).limit(COUNTED).subquery()
    return int(session.scalar(select(func.count(some.c.trace.distinct()))) or 0)


def _matching(wanted: ChangeFilter, query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    # All others have been let in before they came on the queue. What an agent sends may name any project: it counts where
    # its sender has a checkout.
    here = exists().where(Checkout.project_id == wanted.project, Checkout.user == Job.user)
    query = query.where(Job.project_id == wanted.project, Job.state.in_(wanted.states), Job.kind.in_(wanted.kinds))
    query = query.where(or_(Job.kind != "push", here))
    return query if wanted.user is None else query.where(Job.user == wanted.user)
