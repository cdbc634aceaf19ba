"""An index over published versions: which of them changed what, and what the files of the newest one are called.

Git is the truth, the index follows it, version by version. It says at once who changed each file in a folder, which a walk
through ten thousand commits does not.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from hubshare.store.index_tables import FileName, Indexed, Touch
from hubshare.store.models import Project, Version

_WORD = re.compile(r"[^\W_]+")
_WORD_MOST, _WORDS_MOST = 40, 16
#: Rows that one transaction writes.
_PART = 2000


def folder_key(path: str) -> str:
    """What stands for a folder or file in the index: paths are too long for that."""
    return hashlib.sha256(path.encode()).hexdigest()[:32]


def words(text: str) -> list[str]:
    """The words by which a path can be found, in small letters."""
    return list(dict.fromkeys(word[:_WORD_MOST] for word in _WORD.findall(text.casefold())))[-_WORDS_MOST:]


def indexed_up_to(session: Session, project: str) -> int:
    """The newest version of a project that the index knows; -1 for none."""
    found = session.scalar(select(Indexed.version).where(Indexed.project_id == project))
    return -1 if found is None else found


def behind(session: Session, most: int) -> list[str]:
    """Ids of projects of which the index does not know the newest version."""
    query = select(Project.id).outerjoin(Indexed, Indexed.project_id == Project.id)
    return list(session.scalars(query.where(Project.version > func.coalesce(Indexed.version, -1)).limit(most)))


def last_touches(session: Session, project: str, folder: str, version: int) -> dict[str, int]:
    """Name to the last version, up to the given one, that changed it; of all that was ever in a folder."""
    query = (
        select(Touch.name, func.max(Touch.version))
        .where(Touch.project_id == project, Touch.folder == folder_key(folder), Touch.version <= version)
        .group_by(Touch.name)
    )
    return {name: number for name, number in session.execute(query)}


def touching(session: Session, project: str, path: str, before: int | None, most: int) -> list[Version]:
    """The versions that changed a file, or something in a folder, the newest first.

    Args:
        before: only those with a smaller number.
        most: how many at most.
    """
    folder, _, name = path.rpartition("/")
    query = (
        select(Version)
        .join(Touch, (Touch.project_id == Version.project_id) & (Touch.version == Version.number))
        .where(Touch.project_id == project, Touch.folder == folder_key(folder), Touch.name == name)
    )
    if before is not None:
        query = query.where(Version.number < before)
    return list(session.scalars(query.order_by(Version.number.desc()).limit(most)))


class Step(NamedTuple):
    """What versions that follow each other did to the index.

    Attributes:
        touched: (folder's key, name, version).
        names: path to whether there is a file now; only of paths that came or went.
    """

    touched: set[tuple[str, str, int]]
    names: dict[str, bool]

    def add(self, version: int, changes: Iterable[tuple[str, bool, bool]]) -> None:
        """Add what one version did.

        Args:
            changes: (path, whether there was a file, whether there is one).
        """
        for path, was, now in changes:
            below = path
            while below:
                folder, _, name = below.rpartition("/")
                self.touched.add((folder_key(folder), name, version))
                below = folder
            if was != now:
                self.names[path] = now

    def parts(self) -> Iterator[Step]:
        """The same in pieces, so that nobody else who writes waits for long."""
        touched, names = sorted(self.touched), list(self.names.items())
        for start in range(0, len(touched), _PART):
            yield Step(set(touched[start : start + _PART]), {})
        for start in range(0, len(names), _PART // 4):
            yield Step(set(), dict(names[start : start + _PART // 4]))


def write(session: Session, project: str, start: int, part: Step) -> bool:
    """Write a part of a step, unless somebody else has got on with the index meanwhile; returns whether.

    Args:
        start: what `indexed_up_to` gave when the step was made.
    """
    if indexed_up_to(session, project) != start:
        return False
    touched = [
        {"project_id": project, "folder": folder, "name": name, "version": number}
        for folder, name, number in part.touched
    ]
    _add(session, Touch, touched)
    gone = [folder_key(path) for path, there in part.names.items() if not there]
    for begin in range(0, len(gone), 500):
        keys = gone[begin : begin + 500]
        session.execute(delete(FileName).where(FileName.project_id == project, FileName.key.in_(keys)))
    found = [
        {"word": word, "project_id": project, "key": folder_key(path), "path": path}
        for path, there in part.names.items()
        if there
        for word in words(path)
    ]
    _add(session, FileName, found)
    return True


def finish(session: Session, project: str, start: int, end: int) -> bool:
    """Note that all up to a version has been written, unless somebody else did; returns whether."""
    if indexed_up_to(session, project) != start:
        return False
    session.merge(Indexed(project_id=project, version=end))
    return True


def _add(session: Session, table: type[Touch] | type[FileName], rows: list[dict[str, Any]]) -> None:
    """Add rows, but for those that are there."""
    if rows:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        session.execute(dialect.insert(table).on_conflict_do_nothing(), rows)
