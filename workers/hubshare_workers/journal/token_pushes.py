"""Counts the pushes of agents for the tokens of their servers: they come by Redis, and no request carries the token."""

from __future__ import annotations

import time
from collections.abc import Iterable

from sqlalchemy.orm import Session

from hubshare.centre import Centre
from hubshare.jobs.journal import Note
from hubshare.store.models import Project
from hubshare.store.token_counts import UseCounts, write_uses
from hubshare.store.token_uses import UseKey
from hubshare_workers.journal.following import time_of

_EVERY_SECONDS = 30.0
#: Most that wait to be written down; what is beyond is not told apart by token, and so not counted.
_MOST = 20_000


class TokenPushes:
    """Those that were noted since it was written last; for the thread that reads the journal."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._pushes: list[Note] = []
        self._written = time.monotonic()

    def add(self, notes: Iterable[Note]) -> None:
        """Keep those that are pushes with a known token and have been answered."""
        pushes = [note for note in notes if note.token_id and note.state in ("done", "refused")]
        self._pushes += pushes[: _MOST - len(self._pushes)]

    def write(self, every: float = _EVERY_SECONDS) -> None:
        """Write them down, unless that was done less than `every` seconds ago."""
        if not self._pushes or time.monotonic() - self._written < every:
            return
        pushes, self._pushes, self._written = self._pushes, [], time.monotonic()
        with self._centre.database.read() as session:
            counts = count_pushes(session, pushes)
        write_uses(self._centre.database, counts)


def count_pushes(session: Session, pushes: Iterable[Note]) -> UseCounts:
    """Count pushes by person, day, token and project, by the name that the project has now."""
    counts, names = UseCounts(), dict[str, str]()
    for push in pushes:
        if push.project not in names:
            project = session.get(Project, push.project)
            names[push.project] = project.full_name if project is not None else ""
        at = time_of(push.at)
        counts.add(UseKey(push.user, at.date(), push.token_id, "push", names[push.project]), at, push.token)
    return counts
