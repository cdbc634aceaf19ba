"""The job that keeps the index of which version changed what; see `hubshare.store.change_index`."""

from __future__ import annotations

import logging
from collections import defaultdict

from sqlalchemy import select

from hubshare import metering
from hubshare.centre import Centre
from hubshare.errors import Unavailable
from hubshare.git.objects import EMPTY_TREE, diff_trees
from hubshare.jobs import INDEX, ProjectToIndex
from hubshare.jobs.ends import JobEnd, LeftJob
from hubshare.metering import Meter
from hubshare.store.change_index import Step, behind, finish, indexed_up_to, write
from hubshare.store.models import Version
from hubshare_workers.context import Context

log = logging.getLogger(__name__)

#: One step takes in so many versions, or fewer when they changed much.
_VERSIONS, _TOUCHED = 200, 20_000
#: How many projects at most are put on the queue at a time.
_PROJECTS = 10_000


def index(context: Context, changed: ProjectToIndex) -> None:
    """Take in what a project has published; whoever published it is charged for that."""
    for author, meter in catch_up(context.centre, changed.project).items():
        metering.charge(context.centre.bus.redis, author, meter)


def index_all(centre: Centre) -> None:
    """Have the index of every project that is behind catch up: what was to be told of it may have been lost."""
    with centre.database.read() as session:
        projects = behind(session, _PROJECTS)
    for project in projects:
        try:
            INDEX.enqueue(centre.queue, ProjectToIndex(project))
        except Unavailable as error:
            log.warning("the indexes wait: %s", error)
            return


def catch_up(centre: Centre, project: str) -> dict[str, Meter]:
    """Take in all versions of a project that the index does not know.

    Several may do so at once; what one has written, the others leave out.

    Returns:
        What it has cost to look at these, by author.
    """
    spent: defaultdict[str, Meter] = defaultdict(Meter)
    while _step(centre, project, spent):
        pass
    return spent


def _step(centre: Centre, project: str, spent: defaultdict[str, Meter]) -> bool:
    """Take in some versions; returns whether there may be more."""
    with centre.database.read() as session:
        start = indexed_up_to(session, project)
        query = select(Version).where(Version.project_id == project, Version.number >= start)
        rows = list(session.scalars(query.order_by(Version.number).limit(_VERSIONS + 1)))
    known = bool(rows) and rows[0].number == start
    if len(rows) == known:
        return False
    repository = centre.repositories.open(project)
    tree = repository.commit(rows[0].commit).tree if known else EMPTY_TREE
    made, end = Step(set(), {}), start
    for row in rows[known:]:
        before, tree = tree, repository.commit(row.commit).tree
        with metering.metered() as meter:
            changes = diff_trees(repository.tree, before, tree)
            made.add(row.number, ((path, was is not None, now is not None) for path, was, now in changes))
        spent[row.author].add(meter)
        end = row.number
        if len(made.touched) > _TOUCHED:
            break
    for part in made.parts():
        with centre.database.begin(project) as session:
            if not write(session, project, start, part):
                return True
    with centre.database.begin(project) as session:
        finish(session, project, start, end)
    return True


def end_of_index(centre: Centre, job: LeftJob) -> JobEnd | None:
    """How a job has ended that was to take in a version; None where the index does not have that."""
    project, _, version = job.key.partition(":")
    with centre.database.read() as session:
        known = indexed_up_to(session, project)
    return JobEnd("done") if known >= int(version) else None
