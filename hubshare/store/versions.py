"""The index of published versions: git is the truth, the table follows it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from hubshare.store.models import Version
from hubshare.store.projects import latest

#: The longest name that the table keeps.
_AUTHOR = 255


class Published(Protocol):
    """What the index keeps of a published version."""

    @property
    def commit(self) -> str: ...
    @property
    def snapshot(self) -> str: ...
    @property
    def author(self) -> str: ...
    @property
    def time(self) -> int: ...
    @property
    def summary(self) -> str: ...


class History(Protocol):
    """A canonical repository, as far as the index reads it."""

    @property
    def main(self) -> str: ...

    def published(self, start: str, stop: str | None = None) -> Sequence[Published]: ...


def record_versions(session: Session, project: str, history: History, newest: Version | None = None) -> Version:
    """Add the published versions that the table does not know yet; return the newest one.

    Args:
        newest: the newest version in the table, when it was just looked up.
    """
    newest = newest or latest(session, project)
    for found in reversed(history.published(history.main, newest.commit if newest else None)):
        newest = Version(
            project_id=project,
            number=newest.number + 1 if newest else 0,
            commit=found.commit,
            snapshot=found.snapshot,
            # Any git may have written it.
            author=found.author.replace("\0", "\N{REPLACEMENT CHARACTER}")[:_AUTHOR],
            summary=found.summary,
            created=datetime.fromtimestamp(found.time, UTC).replace(tzinfo=None),
        )
        session.add(newest)
    session.flush()
    if newest is None:
        raise LookupError(project)
    return newest


def published_with(session: Session, project: str, snapshot: str) -> str | None:
    """The published commit that took a snapshot in, or None."""
    return session.scalar(select(Version.commit).where(Version.project_id == project, Version.snapshot == snapshot))
