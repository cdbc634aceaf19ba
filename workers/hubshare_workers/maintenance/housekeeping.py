"""The job that keeps the house: old uploads and packs go, repositories are put in order."""

from __future__ import annotations

import logging
import shutil
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from sqlalchemy import delete, select

from hubshare.centre import Centre
from hubshare.jobs import Nothing
from hubshare.store.audit import Actor, forget, record
from hubshare.store.models import IdempotencyRecord, Invitation, Project, now
from hubshare.store.publications import forget_records
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


def housekeeping(context: Context, _: Nothing) -> None:
    """Remove what nobody comes back for, put repositories in order, and have indexes follow."""
    centre = context.centre
    _remove_old(centre.settings.uploads, _UPLOAD_SECONDS)
    _remove_old(centre.settings.packs, _PACK_SECONDS)
    clear_quarantine(centre)
    _remove_old(centre.settings.rendered, centre.settings.rendered_days * 86_400)
    with centre.database.begin() as session:
        forget_records(session, _PUSH_DAYS)
        session.execute(
            delete(IdempotencyRecord).where(IdempotencyRecord.created < now() - timedelta(seconds=_ANSWER_SECONDS))
        )
        session.execute(delete(Invitation).where(Invitation.expires < now() - timedelta(days=_PUSH_DAYS)))
        forget(session, centre.settings.audit_days)
    empty_trash(centre)
    tidy_repositories(centre)
    index_all(centre)


def tidy_repositories(centre: Centre) -> None:
    """Put every repository in order, and its branch where the database says that it is; one that is broken stops no other."""
    with centre.database.read() as session:
        projects = list(session.scalars(select(Project.id)))
    for project in projects:
        try:
            _tidy(centre, project)
        except Exception:
            log.exception("the repository of project %s cannot be put in order", project)


def _tidy(centre: Centre, project: str) -> None:
    repository = centre.repositories.open(project)
    with repository.lock():
        with centre.database.read() as session:
            branch = read_branch(session, project)
        if branch is not None and not catch_up(centre, branch, repository):
            repository.mirror(branch.head)
        repository.fold_kept()
    # Nobody who publishes waits for this.
    repository.maintain()


def clear_quarantine(centre: Centre) -> None:
    """Remove the pushes by git that nobody has answered, because all who could are dead."""
    for path in centre.settings.quarantine.glob("*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < time.time() - _QUARANTINE_SECONDS:
                shutil.rmtree(path, ignore_errors=True)


def empty_trash(centre: Centre) -> None:
    """Remove the projects for good that were deleted long enough ago.

    A repository is put aside before its rows go, and only what was put aside is removed: a database that came back from a
    backup costs no repository.
    """
    aside = centre.settings.data / "trash"
    aside.mkdir(exist_ok=True)
    with centre.database.begin() as session:
        before = now() - timedelta(days=centre.settings.trash_days)
        for project in session.scalars(select(Project).where(Project.deleted < before)).all():
            path = centre.repositories.path(project.id)
            if path.exists():
                path.replace(aside / path.name)
            record(session, Actor("", "hub"), "project.purge", project, deleted=str(project.deleted))
            session.execute(delete(Project).where(Project.id == project.id))
    for path in aside.iterdir():
        shutil.rmtree(path, ignore_errors=True)


def _remove_old(folder: Path, seconds: int) -> None:
    before = time.time() - seconds
    for path in folder.rglob("*"):
        # Another process may remove the same.
        with suppress(FileNotFoundError):
            if path.is_file() and path.stat().st_mtime < before:
                path.unlink()
