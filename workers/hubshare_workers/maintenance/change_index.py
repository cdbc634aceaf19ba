"""The job that keeps the index of which version changed what; see `hubshare.store.change_index`."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

from sqlalchemy import select

from hubshare import metering
from hubshare.centre import Centre
from hubshare.errors import Unavailable
from hubshare.git.objects import EMPTY_TREE, diff_trees
from hubshare.jobs import INDEX, ProjectToIndex
from hubshare.jobs.ends import JobEnd, LeftJob
from hubshare.metering import Meter
from hubshare.store.change_index import Part, Step, behind, finish, indexed_up_to, room_for_touches, write
from hubshare.store.models import Project, Version
from hubshare_workers.context import Context

log = logging.getLogger(__name__)

#: One step takes in so many versions, or fewer when they changed much.
_VERSIONS, _TOUCHED = 200, 20_000
#: Paths that are held at once.
_CHANGES = 5_000
#: How long at most others are left the turn between two transactions, in seconds.
_REST_MOST = 0.5
#: How many projects at most are put on the queue at a time.
_PROJECTS = 10_000


def index(context: Context, changed: ProjectToIndex) -> None:
    """Take in what a project has published; whoever published it is charged for that."""
    own = metering.current()
    meters = catch_up(context.centre, changed.project)
    metering.charge_all(context.centre.bus.redis, meters)
    if own is not None:
        # This thread's time, which is counted there as well.
        own.seconds -= sum(meter.seconds for meter in meters.values())


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
        What it has cost to look at these and to write that down, by author.
    """
    spent: defaultdict[str, Meter] = defaultdict(Meter)
    files: int | None = 0
    while files is not None:
        files = _step(centre, project, spent, files)
    return spent


def _step(centre: Centre, project: str, spent: defaultdict[str, Meter], files: int) -> int | None:
    """Take in some versions.

    Args:
        files: by how many there are more than where this began.

    Returns:
        The same behind these versions; None where there are no more of them.
    """
    with centre.database.read() as session:
        start = indexed_up_to(session, project)
        query = select(Version).where(Version.project_id == project, Version.number >= start)
        rows = list(session.scalars(query.order_by(Version.number).limit(_VERSIONS + 1)))
        # The newest version may hold less than the one that is taken in.
        newest = session.scalar(select(Project.files).where(Project.id == project)) or 0
    known = bool(rows) and rows[0].number == start
    if len(rows) == known:
        return None
    repository = centre.repositories.open(project)
    tree = repository.commit(rows[0].commit).tree if known else EMPTY_TREE
    made, end = Step(set(), {}), start
    brought: defaultdict[str, int] = defaultdict(int)
    room = _Room(centre, project)
    for row in rows[known:]:
        before, tree = tree, repository.commit(row.commit).tree
        with metering.metered() as meter:
            changes = ((path, a is not None, b is not None) for path, a, b in diff_trees(repository.tree, before, tree))
            some = list(islice(changes, _CHANGES))
            if len(some) == _CHANGES and end > start:
                # What changed so much is a step of its own.
                break
            made.add(row.number, some)
            while len(some) == _CHANGES:
                # A few small folders may stand for a million files: they are never all held.
                files += made.growth
                if not _write(centre, project, start, room.take(made).parts(project, max(newest, files))):
                    return files
                made, some = Step(set(), {}), list(islice(changes, _CHANGES))
                made.add(row.number, some)
        spent[row.author].add(meter)
        brought[row.author] += 1
        end = row.number
        if len(made.touched) > _TOUCHED:
            break
    files += made.growth
    with metering.metered() as writing:
        _write(centre, project, start, room.take(made).parts(project, max(newest, files)), end)
    for author, count in brought.items():
        spent[author].add(writing, count / sum(brought.values()))
    return files


class _Room:
    """What is known of a project's changes is bounded: a save of two kilobytes may stand for a million of them."""

    def __init__(self, centre: Centre, project: str) -> None:
        self._centre, self._project = centre, project
        self._left: int | None = None

    def take(self, made: Step) -> Step:
        """The same, or as much of it as there is room for. Nobody counts for what is little."""
        if not made.touches_much:
            return made
        if self._left is None:
            with self._centre.database.read() as session:
                self._left = room_for_touches(session, self._project)
        if len(made.touched) > self._left:
            return made.without_most()
        self._left -= len(made.touched)
        return made


def _write(centre: Centre, project: str, start: int, parts: Iterator[Part], end: int | None = None) -> bool:
    """Write parts of a step, unless somebody else gets on with the index; returns whether.

    Args:
        end: up to which version all is written with the last of them, if so.
    """
    following: Part | None = next(parts, Part([], [], []))
    while following is not None:
        part, following = following, next(parts, None)
        began = time.monotonic()
        # Git has it: what is lost is made again. And each flush would hold up those of whoever saves.
        with centre.database.begin(project, flushed=False) as session:
            if not write(session, project, start, part):
                return False
            if following is None and end is not None:
                finish(session, project, start, end)
        if part.is_full:
            # SQLite gives the turn to whoever comes at the right moment: as long as this has worked, others may come.
            time.sleep(min(time.monotonic() - began, _REST_MOST))
    return True


def end_of_index(centre: Centre, job: LeftJob) -> JobEnd | None:
    """How a job has ended that was to take in a version; None where the index does not have that."""
    project, _, version = job.key.partition(":")
    with centre.database.read() as session:
        known = indexed_up_to(session, project)
    return JobEnd("done") if known >= int(version) else None
