"""Where each change of a project is: what waits, what is being published, and what has become of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from hubshare.centre import Centre
from hubshare.jobs import CHANGES
from hubshare.jobs.journal import LAST, PASSING
from hubshare.operations.caller import Caller
from hubshare.operations.jobs import jobs_of
from hubshare.operations.ops.places import place_of
from hubshare.operations.project_view import ProjectView
from hubshare.store.access.actions import Action
from hubshare.store.beside import Beside
from hubshare.store.beside import look_beside as look
from hubshare.store.changes_under_way import ChangeFilter, count_changes, find_changes, find_ended
from hubshare.store.database import Session
from hubshare.store.job_tables import Job as Row
from hubshare.store.models import now
from hubshare.wire.api.jobs import Job

#: So many of one's own, and of others, are shown that wait or run, and so many of each that have ended.
_OWN, _OTHERS, _ENDED = 5, 20, 3
#: So many of each are looked at: some come more than once.
_MOST = 100
#: What has ended longer ago, or was done, is in the lists of jobs and in the history.
_SHOWN, _DONE = timedelta(minutes=15), timedelta(minutes=2)


class Change(NamedTuple):
    """A change, as a page shows it.

    Attributes:
        job: what the Hub was to do; of others' nothing is told of why it failed.
        place: where it stands in line, in words; "" where nobody can tell, or it is somebody else's.
    """

    job: Job
    place: str = ""


class Changes(NamedTuple):
    """Where the changes of a project are.

    Attributes:
        own: those of whoever asks.
        others: everybody else's; empty for who may not see who works on the project.
        waiting: how many of others wait or run.
    """

    own: list[Change]
    others: list[Change]
    waiting: int


def look_beside(session: Session, caller: Caller, place: ProjectView) -> Beside:
    """What there is beside the files of a project for the caller, changes as `show_changes` tells of them."""
    return look(
        session,
        place.project.id,
        caller.user,
        kinds=CHANGES,
        passing=PASSING,
        since=now() - _SHOWN,
        all_told=Action.SEE_ACCESS in place.may,
    )


def show_changes(session: Session, centre: Centre, caller: Caller, place: ProjectView) -> Changes:
    """Where the changes of a project are, as far as the person may know: their own, others' by name or as a number."""
    project, user, since = place.project.id, caller.user, now() - _SHOWN
    waiting, ended = ChangeFilter(project, CHANGES, PASSING), ChangeFilter(project, CHANGES, LAST)
    waits, gone = find_changes(session, waiting, _MOST), find_ended(session, ended, since, _MOST)
    own_waits, own_gone = ([row for row in rows if row.user == user] for rows in (waits, gone))
    others_waiting = len(once(row for row in waits if row.user != user))
    # Where there are too many to have seen all, their own are looked for.
    if len(waits) == _MOST:
        own_waits = find_changes(session, replace(waiting, user=user), _MOST)
        others_waiting = count_changes(session, waiting, user)
    if len(gone) == _MOST:
        own_gone = find_ended(session, replace(ended, user=user), since, _MOST)
    own = _first(own_waits, unsettled(own_gone), _OWN)
    others = list[Row]()
    if Action.SEE_ACCESS in place.may:
        others = _first([row for row in waits if row.user != user], [row for row in gone if row.user != user], _OTHERS)
    name = {project: place.full_name}
    return Changes(
        [Change(job, place_of(centre, row, "your")) for job, row in zip(jobs_of(own, name), own, strict=True)],
        [Change(_of_somebody_else(job)) for job in jobs_of(others, name)],
        others_waiting,
    )


def _first(waits: Sequence[Row], ended: Sequence[Row], most: int) -> list[Row]:
    found = once([*waits, *ended])
    going = [row for row in found if row.state in PASSING]
    gone = [row for row in found if row.ended and (row.state != "done" or row.ended > now() - _DONE)]
    return [*going[:most], *gone[:_ENDED]]


def once(rows: Iterable[Row]) -> list[Row]:
    """Return the first job of each event: what is not answered soon is sent again, and what has failed may be tried again.

    Who sends an event names it: it stands for nobody else's.
    """
    found = dict[tuple[str, str], Row]()
    for row in rows:
        found.setdefault((row.user, row.trace), row)
    return [*found.values()]


def unsettled(ended: Sequence[Row]) -> list[Row]:
    """Return what has ended without what failed and was done after all later.

    Args:
        ended: jobs of one person on one project, the newest first.
    """
    done = set[str]()
    left = list[Row]()
    for row in ended:
        if row.state == "done":
            done.add(row.kind)
        elif row.kind in done:
            continue
        left.append(row)
    return left


def _of_somebody_else(job: Job) -> Job:
    # What is wrong with files that were never published is told their owner alone.
    return job.model_copy(update={"code": "", "error": "", "advice": ""})
