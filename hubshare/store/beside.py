"""What there is beside the files of a project: one statement says it, so that a page need not ask for what most lack."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BindParameter, ScalarSelect, bindparam, exists, or_, select, true
from sqlalchemy.orm import Session

from hubshare.store.inbox import has_unread
from hubshare.store.index_tables import Indexed
from hubshare.store.job_list import number_since
from hubshare.store.job_tables import Job
from hubshare.store.models import Checkout, Origin, Project, Release
from hubshare.store.server_tables import ServerRequest, ServerShare


class Beside(NamedTuple):
    """Whether there is any of each; what it is, and whether it is still good, says the question for it.

    Attributes:
        indexed: the newest version that the index knows; -1 for none.
        releases: of the project.
        origin: whether the project was begun from something.
        changes: of the project, that wait or run, or have ended lately and are told the person.
        checkouts: of the project, the person's.
        shares: of a server of the project's owner, with the person.
        requests: for such a one, because of the project.
        unread: what the person was told and has not read.
    """

    indexed: int
    releases: bool
    origin: bool
    changes: bool
    checkouts: bool
    shares: bool
    requests: bool
    unread: bool


_PROJECT: BindParameter[str] = bindparam("project")
_USER: BindParameter[str] = bindparam("user")
_INDEXED: ScalarSelect[int] = select(Indexed.version).where(Indexed.project_id == _PROJECT).scalar_subquery()
_JOB = Job.project_id == _PROJECT, Job.kind.in_(bindparam("kinds"))
_LATELY = Job.number >= number_since(bindparam("since")), Job.ended >= bindparam("since")
_TOLD = or_(Job.user == _USER, bindparam("all_told") == true())
_OWNER = select(Project.owner).where(Project.id == _PROJECT).scalar_subquery()
# Built once: building a statement takes longer than running it.
_BESIDE = select(
    _INDEXED,
    exists().where(Release.project_id == _PROJECT),
    exists().where(Origin.project_id == _PROJECT),
    exists().where(*_JOB, Job.state.in_(bindparam("passing"))),
    exists().where(*_JOB, *_LATELY, _TOLD),
    exists().where(Checkout.project_id == _PROJECT, Checkout.user == _USER),
    exists().where(ServerShare.owner == _OWNER, ServerShare.user == _USER, ServerShare.ended.is_(None)),
    exists().where(ServerRequest.project_id == _PROJECT, ServerRequest.asker == _USER),
    has_unread(_USER),
)


def look_beside(
    session: Session,
    project: str,
    user: str,
    *,
    kinds: Collection[str],
    passing: Collection[str],
    since: datetime,
    all_told: bool,
) -> Beside:
    """What there is beside the files of a project for a person.

    Args:
        project: id of one that the person may read.
        kinds: of jobs that count as changes.
        passing: their states in which they wait or run.
        since: when those that count have ended at the earliest (UTC).
        all_told: whether what has become of other people's changes is told as well.
    """
    values = {
        "project": project,
        "user": user,
        "kinds": kinds,
        "passing": passing,
        "since": since,
        "all_told": all_told,
    }
    # Not by the session: there is nothing in it for it to keep.
    indexed, *found = session.connection().execute(_BESIDE, values).one()
    releases, origin, passes, ended, checkouts, shares, requests, unread = map(bool, found)
    known = -1 if indexed is None else indexed
    return Beside(known, releases, origin, passes or ended, checkouts, shares, requests, unread)
