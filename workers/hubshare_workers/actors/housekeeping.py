"""The job that keeps the house: old uploads and packs go, repositories are put in order."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import dramatiq
from sqlalchemy import delete, select

from hubshare.centre import Centre
from hubshare.queue import HOUSEKEEPING
from hubshare.store.models import Project, PushRecord, now

_UPLOAD_SECONDS = 2 * 86_400
#: No agent sends a push again that was answered longer ago than this.
_PUSH_SECONDS = 30 * 86_400
#: Packs are made again when they are asked for.
_PACK_SECONDS = 7 * 86_400


def declare(broker: dramatiq.Broker, centre: Centre) -> None:
    """Make the job known to the broker."""

    def housekeeping() -> None:
        _remove_old(centre.settings.uploads, _UPLOAD_SECONDS)
        _remove_old(centre.settings.packs, _PACK_SECONDS)
        with centre.database.begin() as session:
            before = now() - timedelta(seconds=_PUSH_SECONDS)
            session.execute(delete(PushRecord).where(PushRecord.created < before))
        with centre.database.read() as session:
            names = list(session.scalars(select(Project.id)))
        for name in names:
            repository = centre.repositories.open(name)
            with repository.lock():
                repository.maintain()

    dramatiq.actor(housekeeping, broker=broker, **HOUSEKEEPING.options())


def _remove_old(folder: Path, seconds: int) -> None:
    before = time.time() - seconds
    for path in folder.rglob("*"):
        if path.is_file() and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
