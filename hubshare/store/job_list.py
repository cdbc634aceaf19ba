"""Lists of jobs, paged by their numbers: how many there are in all costs nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, ScalarSelect, Select, delete, false, func, or_, select, true
from sqlalchemy.orm import Session

from hubshare.errors import Cancelled
from hubshare.store.access.decisions import readable_by
from hubshare.store.job_tables import Job
from hubshare.store.models import Project

#: The text of errors is looked for in so many of the newest jobs.
SEARCHED = 100_000
#: Where there are as many, they are not counted further.
COUNTED = 10_000
#: What is done has no error.
WITH_WORDS = ("queued", "running", "waiting", "refused", "failed", "cancelled", "lost", "retried")
#: So many jobs at most are numbered before one that was on the queue earlier; and a number that no job has.
_JUMBLED, _NONE = 1000, 2**62
#: So many are forgotten in one transaction.
_FORGOTTEN = 500


@dataclass(frozen=True)
class JobFilter:
    """Which jobs are meant; all of them where nothing is said.

    Attributes:
        user: whose.
        state: in which they are.
        kind: as jobs have it.
        project: id.
        since: not on the queue before (UTC).
        trace: id of the event or request that they come from, or their own.
        text: what the error, or its code, holds; among the newest `SEARCHED`.
        ids: only these; few. None of them: any.
        queue: in which they wait, or waited; among the newest `SEARCHED`.
        retried: whether those are meant as well that were retried since they were in that state.
        published: whether only those are meant that made a version; among the newest `SEARCHED`.
    """

    user: str | None = None
    state: str = ""
    kind: str = ""
    project: str = ""
    since: datetime | None = None
    trace: str = ""
    text: str = ""
    ids: tuple[str, ...] = ()
    queue: str = ""
    retried: bool = False
    published: bool = False


def matching(wanted: JobFilter, query: Select[*tuple[Any, ...]], everything: bool = False) -> Select[*tuple[Any, ...]]:
    """A query for jobs, of those alone that are meant.

    Args:
        everything: whether words of errors and queues are looked for in all jobs, for who looks at a part; else in the newest
            `SEARCHED`.
    """
    if wanted.user is not None:
        query = query.where(Job.user == wanted.user)
    if wanted.state:
        is_it = Job.state == wanted.state
        if wanted.retried:
            # The index has both states.
            query = query.where(Job.state.in_((wanted.state, "retried")), or_(is_it, _had_been(wanted.state)))
        else:
            query = query.where(is_it)
    if wanted.ids:
        query = query.where(Job.id.in_(wanted.ids))
    if wanted.published:
        query = query.where(Job.version.is_not(None))
    if wanted.kind:
        query = query.where(Job.kind == wanted.kind)
    if wanted.queue:
        query = query.where(Job.queue == wanted.queue)
    if wanted.project:
        query = query.where(Job.project_id == wanted.project)
    if wanted.since is not None:
        # By number, as the index has them of what else is asked for. The time is not to find them, only to be exact.
        exact = func.coalesce(Job.queued, Job.queued) >= wanted.since
        query = query.where(exact, Job.number >= number_since(wanted.since))
    if wanted.trace:
        query = query.where(or_(Job.trace == wanted.trace, Job.id == wanted.trace))
    if wanted.text:
        query = query.where(or_(Job.error.icontains(wanted.text, autoescape=True), Job.code == wanted.text))
        # Of most jobs nothing is to be said: the index by state leaves them out.
        query = query.where(Job.state.in_(WITH_WORDS))
    if (wanted.text or wanted.queue or wanted.published) and not everything:
        query = query.where(Job.number > select(func.max(Job.number)).scalar_subquery() - SEARCHED)
    return query


def _had_been(state: str) -> ColumnElement[bool]:
    """Whether a job that was retried had been in a state before."""
    cancelled = Job.code == Cancelled.code
    return {"failed": ~cancelled, "cancelled": cancelled}.get(state, false())


def number_since(since: datetime | BindParameter[datetime]) -> ScalarSelect[Any]:
    """A number below which no job has that came on the queue since a time, or hardly, for use in a statement.

    Numbers and times grow together, but for those that come within moments.
    """
    first = select(Job.number).where(Job.queued >= since).order_by(Job.queued).limit(1).scalar_subquery()
    return select(func.coalesce(first - _JUMBLED, _NONE)).scalar_subquery()


def first_since(session: Session, since: datetime) -> int:
    """A number below which no job has that came on the queue since a time, or hardly."""
    return int(session.scalar(select(number_since(since))) or 0)


def list_jobs(session: Session, wanted: JobFilter, before: int | None, most: int) -> list[Job]:
    """Jobs, the newest first.

    Args:
        before: only those with a smaller number.
        most: how many at most.
    """
    queries = [matching(wanted, select(Job))]
    if wanted.state and wanted.retried:
        # One after the other the index has them in order; of both at once it would look at all.
        since = matching(replace(wanted, state="retried", retried=False), select(Job).where(_had_been(wanted.state)))
        queries = [matching(replace(wanted, retried=False), select(Job)), since]
    found = list[Job]()
    for query in queries:
        earlier = query if before is None else query.where(Job.number < before)
        found.extend(session.scalars(earlier.order_by(Job.number.desc()).limit(most)))
    return sorted(found, key=lambda job: -job.number)[:most]


def count_jobs(session: Session, wanted: JobFilter) -> int:
    """How many jobs are meant, or `COUNTED` where there are more."""
    some = matching(wanted, select(Job.number).limit(COUNTED)).subquery()
    return int(session.scalar(select(func.count()).select_from(some)) or 0)


def count_by_state(session: Session, wanted: JobFilter, before: int) -> list[tuple[str, str, int]]:
    """How many of the newest `COUNTED` that are meant are of which kind in which state.

    Args:
        before: only those with a smaller number.
    """
    query = select(Job.kind, Job.state).where(Job.number < before).order_by(Job.number.desc()).limit(COUNTED)
    some = matching(wanted, query).subquery()
    counted = select(some.c.kind, some.c.state, func.count()).group_by(some.c.kind, some.c.state)
    return [(kind, state, number) for kind, state, number in session.execute(counted)]


def find_job(session: Session, name: str) -> Job | None:
    """The job of an id."""
    return session.scalar(select(Job).where(Job.id == name))


def states_of(session: Session, names: Collection[str], states: Collection[str]) -> dict[str, str]:
    """The states of some jobs, by id; of those that are in one of these."""
    query = select(Job.id, Job.state).where(Job.id.in_(sorted(names)), Job.state.in_(states))
    return {name: state for name, state in session.execute(query)}


def forget_jobs(session: Session, before: datetime, most: int) -> bool:
    """Let some of the oldest jobs go: those from before a time, and those that are too many.

    Returns:
        Whether there are more.
    """
    newest = session.scalar(select(func.max(Job.number))) or 0
    old = or_(Job.queued < before, Job.number <= newest - most)
    oldest = select(Job.number).order_by(Job.number).limit(_FORGOTTEN).subquery()
    gone = session.scalars(select(Job.number).where(Job.number.in_(select(oldest.c.number)), old)).all()
    session.execute(delete(Job).where(Job.number.in_(gone)))
    return len(gone) == _FORGOTTEN


def users_with_more(session: Session, most: int) -> list[str]:
    """Those who have more than so many jobs, by name; the Hub itself is not among them."""
    of_users = select(Job.user).where(Job.user != "").group_by(Job.user).having(func.count() > most)
    return sorted(session.scalars(of_users))


def forget_jobs_of(session: Session, user: str, most: int) -> bool:
    """Let some of the oldest jobs of a user go, if there are more than so many.

    Returns:
        Whether there are more.
    """
    of_user = select(Job.number).where(Job.user == user)
    last = of_user.order_by(Job.number.desc()).offset(most).limit(1).scalar_subquery()
    gone = session.scalars(of_user.where(Job.number <= last).order_by(Job.number).limit(_FORGOTTEN)).all()
    session.execute(delete(Job).where(Job.number.in_(gone)))
    return len(gone) == _FORGOTTEN


def project_named(session: Session, name: str, reader: str | None) -> str | None:
    """The id of the project at an address.

    Args:
        reader: None unless somebody is to know of those alone that this user may read; else also those that were deleted.
    """
    owner, _, rest = name.partition("/")
    query = select(Project.id).where(Project.owner == owner, Project.name == rest)
    may_know = Project.deleted.is_(None) & readable_by(reader) if reader is not None else true()
    return session.scalar(query.where(may_know))


def project_names(session: Session, ids: Collection[str], reader: str | None) -> dict[str, str]:
    """The addresses of some projects, by id; see `project_named`."""
    query = select(Project.id, Project.owner, Project.name).where(Project.id.in_(sorted(ids)))
    if reader is not None:
        query = query.where(readable_by(reader), Project.deleted.is_(None))
    return {name: f"{owner}/{called}" for name, owner, called in session.execute(query)}
