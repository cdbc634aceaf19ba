"""The job that keeps the house: old uploads and packs go, repositories are put in order.

Each step is done whatever became of the others, and each project whatever is wrong with another. What could not be done is in
the log with its reason, and counted in what the centre says of itself.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, select

from hubshare.bus.house_report import read_place, write_faults, write_place
from hubshare.centre import Centre
from hubshare.jobs import Nothing
from hubshare.store.audit import Actor, record
from hubshare.store.held import count_audit, forget_audit, with_full_logs
from hubshare.store.house_time import STEP, advance
from hubshare.store.job_list import forget_jobs, forget_jobs_of, users_with_more
from hubshare.store.job_rollups import forget_rollups
from hubshare.store.mail import forget_old_mail
from hubshare.store.models import FormerName, IdempotencyRecord, Invitation, Origin, Project, now
from hubshare.store.notifications import forget_notifications
from hubshare.store.offers import forget_offers
from hubshare.store.origins import is_source
from hubshare.store.publications import forget_records
from hubshare.store.queue_depths import forget_samples
from hubshare.store.server_shares import forget_server_shares
from hubshare.store.token_uses import forget_uses
from hubshare.store.versions import read_branch
from hubshare_workers.context import Context
from hubshare_workers.maintenance.change_index import index_all
from hubshare_workers.publish.catch_up import catch_up

log = logging.getLogger(__name__)

_UPLOAD_SECONDS = 2 * 86_400
#: No agent sends a push again that was answered longer ago than this.
_PUSH_DAYS = 30
#: Packs are made again when they are asked for.
_PACK_SECONDS = 7 * 86_400
#: No push by git takes longer to come in and to be looked at.
_QUARANTINE_SECONDS = 86_400
#: No request is sent again under its idempotency key later than this.
_ANSWER_SECONDS = 2 * 86_400
#: For so long repositories are put in order in one go; the next one goes on with the next repository.
_TIDY_SECONDS = 1200.0
#: For so long old jobs are forgotten in one go.
_FORGET_SECONDS = 60.0

#: A part of what there is to do: of a centre, at the time by which ages are told; returns what could not be done.
Step = Callable[[Centre, datetime], list[str]]


def housekeeping(context: Context, _: Nothing) -> None:
    """Remove what nobody comes back for, put repositories in order, and have indexes follow."""
    centre = context.centre
    at, faults = house_time(centre)
    for step in _STEPS:
        try:
            faults += step(centre, at)
        except Exception as error:
            log.exception("housekeeping: %s cannot be done", step.__name__)
            faults.append(f"{step.__name__}: {error}")
    write_faults(centre.bus.redis, faults)


def house_time(centre: Centre) -> tuple[datetime, list[str]]:
    """The time by which ages are told, and what is to be said of the clock."""
    seconds, _ = centre.bus.redis.time()
    other = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    with centre.database.begin("house time") as session:
        at = advance(session, other)
    if max(now(), other) - at <= STEP:
        return at, []
    told = f"the clocks say {now()} here and {other} at Redis; ages are told by {at} until they agree and stay so"
    log.warning("nothing is deleted for its age beyond what was known: %s", told)
    return at, [told]


def remove_files(centre: Centre, at: datetime) -> list[str]:
    """Remove uploads, packs and renderings that nobody comes back for."""
    settings = centre.settings
    for folder, seconds in (
        (settings.uploads, _UPLOAD_SECONDS),
        (settings.packs, _PACK_SECONDS),
        (settings.rendered, settings.rendered_days * 86_400),
    ):
        _remove_old(folder, _seconds(at) - seconds)
    return []


def clear_quarantine(centre: Centre, at: datetime) -> list[str]:
    """Remove the pushes by git that nobody has answered, because all who could are dead."""
    for path in centre.settings.quarantine.glob("*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < _seconds(at) - _QUARANTINE_SECONDS:
                shutil.rmtree(path, ignore_errors=True)
    return []


def forget_rows(centre: Centre, at: datetime) -> list[str]:
    """Forget the answers that nobody asks for again, invitations that are over, and what is old in the audit log."""
    with centre.database.begin() as session:
        forget_records(session, at - timedelta(days=_PUSH_DAYS))
        session.execute(
            delete(IdempotencyRecord).where(IdempotencyRecord.created < at - timedelta(seconds=_ANSWER_SECONDS))
        )
        session.execute(delete(Invitation).where(Invitation.expires < at - timedelta(days=_PUSH_DAYS)))
        forget_offers(session, at)
        forget_server_shares(session, at)
        forget_notifications(session, at - timedelta(days=centre.settings.notification_days))
        forget_old_mail(session, at)
        former = FormerName.created < at - timedelta(days=centre.settings.former_address_days)
        session.execute(delete(FormerName).where(former))
        count_audit(session, at)
        forget_audit(session, at - timedelta(days=centre.settings.audit_days))
        full = with_full_logs(session, centre.settings.max_audit_bytes)
    if full:
        log.warning("the audit log holds as much as it may of what these did, who change nothing until then: %s", full)
    centre.bus.set_full_logs(full)
    return []


def forget_old_jobs(centre: Centre, at: datetime) -> list[str]:
    """Forget what became of old jobs, a few at a time: others write meanwhile."""
    before, end = at - timedelta(days=centre.settings.job_days), time.monotonic() + _FORGET_SECONDS
    more = True
    while more and time.monotonic() < end:
        with centre.database.begin("journal") as session:
            more = forget_jobs(session, before, centre.settings.max_jobs)
    with centre.database.read() as session:
        crowding = users_with_more(session, centre.settings.max_jobs_each)
    for user in crowding:
        more = True
        while more and time.monotonic() < end:
            with centre.database.begin("journal") as session:
                more = forget_jobs_of(session, user, centre.settings.max_jobs_each)
    with centre.database.begin("journal") as session:
        forget_rollups(session, at)
        forget_samples(session, at)
    with centre.database.begin("token uses") as session:
        forget_uses(session, at)
    return []


def empty_trash(centre: Centre, at: datetime) -> list[str]:
    """Remove the projects for good that were deleted long enough ago.

    A repository is put aside before its rows go, and only what was put aside is removed: a database that came back from a
    backup costs no repository.
    """
    aside = centre.settings.data / "trash"
    aside.mkdir(exist_ok=True)
    before = at - timedelta(days=centre.settings.trash_days)
    with centre.database.read() as session:
        over = list(session.scalars(select(Project.id).where(Project.deleted < before)))
    faults = []
    for project in over:
        try:
            _purge(centre, project, before, aside)
        except Exception as error:
            log.exception("project %s cannot be removed from the trash", project)
            faults.append(f"project {project} in the trash: {error}")
    for path in aside.iterdir():
        _settle_aside(centre, path)
    return faults


def _purge(centre: Centre, project: str, before: datetime, aside: Path) -> None:
    with centre.database.begin() as session:
        found = session.get(Project, project)
        if found is None or found.deleted is None or found.deleted >= before:
            return  # somebody has brought it back
        source = session.get(Origin, project)
        for name in (project, *([source.origin_id] if source is not None and source.address else [])):
            path = centre.repositories.path(name)
            if path.exists():
                path.replace(aside / path.name)
        record(session, Actor("", "hub"), "project.purge", found, deleted=str(found.deleted))
        session.execute(delete(Project).where(Project.id == project))


def _settle_aside(centre: Centre, path: Path) -> None:
    """Remove a repository that was put aside, or put it back where its project is still known: it was not removed after all."""
    with centre.database.read() as session:
        known = session.get(Project, path.stem) is not None or is_source(session, path.stem)
    if not known:
        shutil.rmtree(path, ignore_errors=True)
    elif not centre.repositories.path(path.stem).exists():
        path.replace(centre.repositories.path(path.stem))


def tidy_repositories(centre: Centre, at: datetime) -> list[str]:
    """Put every repository in order, and its branch where the database says that it is.

    One that is broken stops no other, not even when this process dies of it: the next go begins behind it.
    """
    with centre.database.read() as session:
        projects = sorted(session.scalars(select(Project.id)))
    place, end = read_place(centre.bus.redis), time.monotonic() + _TIDY_SECONDS
    faults = []
    for project in [*(name for name in projects if name > place), *(name for name in projects if name <= place)]:
        if time.monotonic() > end:
            break
        write_place(centre.bus.redis, project)
        try:
            _tidy(centre, project, at)
        except Exception as error:
            log.exception("the repository of project %s cannot be put in order", project)
            faults.append(f"the repository of project {project}: {error}")
    return faults


def _tidy(centre: Centre, project: str, at: datetime) -> None:
    repository = centre.repositories.open(project)
    with repository.lock():
        with centre.database.read() as session:
            branch = read_branch(session, project)
        if branch is not None and not catch_up(centre, branch, repository):
            repository.mirror(branch.head)
        repository.fold_kept()
    # Nobody who publishes waits for this.
    repository.maintain(_seconds(at))


def follow_up(centre: Centre, at: datetime) -> list[str]:
    """Have indexes follow."""
    index_all(centre)
    return []


_STEPS: tuple[Step, ...] = (
    remove_files,
    clear_quarantine,
    forget_rows,
    forget_old_jobs,
    empty_trash,
    tidy_repositories,
    follow_up,
)


def _seconds(at: datetime) -> float:
    return at.replace(tzinfo=UTC).timestamp()


def _remove_old(folder: Path, before: float) -> None:
    for path in folder.rglob("*"):
        # Another process may remove the same.
        with suppress(FileNotFoundError):
            if path.is_file() and path.stat().st_mtime < before:
                path.unlink()
