"""The jobs that change one project: those that wait or run, and those that have ended a moment ago."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session

from hubshare.store.job_list import number_since
from hubshare.store.job_tables import Job
from hubshare.store.models import Checkout

#: So many are counted.
COUNTED = 1000
#: So many are named in one statement.
_SOME_PAIRS = 200


@dataclass(frozen=True)
class ChangeFilter:
    """Which changes of a project are meant.

    Attributes:
        project: id.
        kinds: as jobs have them.
        states: in which they are.
        user: whose alone; "" for everybody's.
    """

    project: str
    kinds: Collection[str]
    states: Collection[str]
    user: str = ""


def _changes(*what: Any) -> Select[Any]:
    # All others have been let in before they came on the queue. What an agent sends may name any project: it counts where
    # its sender has a checkout.
    project: BindParameter[str] = bindparam("project")
    here = exists().where(Checkout.project_id == project, Checkout.user == Job.user)
    query = select(*what).where(Job.project_id == project, or_(Job.kind != "push", here))
    query = query.where(Job.kind.in_(bindparam("kinds")), Job.state.in_(bindparam("states")))
    return query.where(or_(bindparam("user") == "", Job.user == bindparam("user")))


# Built once: building a statement takes longer than running it.
_IN_ORDER = _changes(Job).order_by(Job.number).limit(bindparam("most"))
_ENDED = (
    _changes(Job)
    .where(Job.number >= number_since(bindparam("since")), Job.ended >= bindparam("since"))
    .order_by(Job.number.desc())
    .limit(bindparam("most"))
)
_SOME = _changes(Job.trace).where(Job.user != bindparam("but")).limit(COUNTED).subquery()
_COUNT = select(func.count(_SOME.c.trace.distinct()))


def checked_out(session: Session, pairs: Collection[tuple[str, str]]) -> set[str]:
    """Which of some projects, each with a user, are checked out by that user, by their ids."""
    found, wanted = set[str](), sorted(pairs)
    for at in range(0, len(wanted), _SOME_PAIRS):
        these = tuple_(Checkout.project_id, Checkout.user).in_(wanted[at : at + _SOME_PAIRS])
        found.update(session.scalars(select(Checkout.project_id).where(these).distinct()))
    return found


def find_changes(session: Session, wanted: ChangeFilter, most: int) -> list[Job]:
    """Changes of a project in the order in which they came.

    Args:
        most: how many at most.
    """
    return list(session.scalars(_IN_ORDER, vars(wanted) | {"most": most}))


def find_ended(session: Session, wanted: ChangeFilter, since: datetime, most: int) -> list[Job]:
    """The same of those that came and ended since a time (UTC), the newest first."""
    return list(session.scalars(_ENDED, vars(wanted) | {"since": since, "most": most}))


def count_changes(session: Session, wanted: ChangeFilter, but: str) -> int:
    """How many changes of a project there are, or `COUNTED` where there are more; one that was sent again is one.

    Args:
        but: whose are not counted.
    """
    return int(session.scalar(_COUNT, vars(wanted) | {"but": but}) or 0)
