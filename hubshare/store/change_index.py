"""An index over published versions: which of them changed what, and what the files of the newest one are called.

Git is the truth, the index follows it, version by version. It says at once who changed each file in a folder, which a walk
through ten thousand commits does not.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from hubshare import metering
from hubshare.config import KIB, MIB
from hubshare.store.index_tables import FileName, Indexed, Touch
from hubshare.store.models import Project, Version

_WORD = re.compile(r"[^\W_]+")
_WORD_MOST, _WORDS_MOST = 40, 16
#: What one transaction writes: rows, and about so many bytes.
_PART, _PART_BYTES = 200, 64 * KIB
#: So many rows are held to be sorted.
_SORTED = 10_000
#: The names of one project's files take about so many bytes, however many there are and however long their paths are: some
#: folders of a few hundred bytes that hold each other stand for a million files.
_NAMES_BYTES = 128 * MIB
#: So many changes of files and folders are known of one project; then of each version that comes some more, and not all.
_TOUCHES, _TOUCHES_ALWAYS = 2_000_000, 20
#: What a row takes besides names and paths, and the largest that a file has in any case: by one word it is found, however
#: many there are.
_ROW_BYTES, _ROW_ALWAYS = 150, 256

Row = dict[str, Any]


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


def room_for_touches(session: Session, project: str) -> int:
    """How many more changes of files and folders are to be known of a project."""
    some = select(Touch.version).where(Touch.project_id == project).limit(_TOUCHES).subquery()
    return _TOUCHES - (session.scalar(select(func.count()).select_from(some)) or 0)


def last_touches(session: Session, project: str, folder: str, version: int, names: Collection[str]) -> dict[str, int]:
    """Name to the last version, up to the given one, that changed it; of some names in a folder."""
    wanted, found, key = sorted(names), dict[str, int](), folder_key(folder)
    for start in range(0, len(wanted), 500):
        query = (
            select(Touch.name, func.max(Touch.version))
            .where(Touch.project_id == project, Touch.folder == key, Touch.version <= version)
            .where(Touch.name.in_(wanted[start : start + 500]))
            .group_by(Touch.name)
        )
        found |= {name: number for name, number in session.execute(query)}
    return found


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
                touch = folder_key(folder), name, version
                if touch in self.touched:
                    # So are the folders above it.
                    break
                self.touched.add(touch)
                below = folder
            if was != now:
                self.names[path] = now

    @property
    def touches_much(self) -> bool:
        """Whether it takes more room than each version has in any case."""
        return len(self.touched) > _TOUCHES_ALWAYS * len({version for _, _, version in self.touched})

    def without_most(self) -> Step:
        """The same with no more changes of each version than are known in any case."""
        kept, count = set[tuple[str, str, int]](), Counter[int]()
        for touch in sorted(self.touched):
            if count[touch[2]] < _TOUCHES_ALWAYS:
                kept.add(touch)
                count[touch[2]] += 1
        return Step(kept, self.names)

    @property
    def growth(self) -> int:
        """By how many files there are more."""
        return sum(1 if there else -1 for there in self.names.values())

    def parts(self, project: str, files: int) -> Iterator[Part]:
        """What is to be written, in pieces, so that nobody else who writes waits for long.

        Args:
            project: its id.
            files: how many it has; the more, the fewer words each of them can be found by.
        """
        room = _NAMES_BYTES // max(1, files, sum(self.names.values()))
        part = Part([], [], [])
        for row in chain(self._touches(project), self._names(project, room)):
            part.add(row)
            if part.is_full:
                yield part
                part = Part([], [], [])
        if part.bytes:
            yield part

    def _touches(self, project: str) -> Iterator[Row]:
        for folder, name, number in sorted(self.touched):
            yield {"project_id": project, "folder": folder, "name": name, "version": number}

    def _names(self, project: str, room: int) -> Iterator[Row]:
        for path, there in self.names.items():
            if not there:
                yield {"key": folder_key(path)}
        rows = self._words(room)
        # In the order of the table, those of one transaction lie on few of its pages.
        for some in iter(lambda: sorted(islice(rows, _SORTED)), []):
            for word, key, path in some:
                yield {"word": word, "project_id": project, "key": key, "path": path}

    def _words(self, room: int) -> Iterator[tuple[str, str, str]]:
        """What is new under each word: the word, the path's key, and the path."""
        for path, there in self.names.items():
            if not there:
                continue
            key, found = folder_key(path), words(path)
            row = len(path.encode()) + _ROW_BYTES
            most = max(room // row, row <= _ROW_ALWAYS)
            if len(found) > most:
                # By the longest word a file is looked for first.
                found = sorted(found, key=len, reverse=True)[:most]
            for word in found:
                yield word, key, path


@dataclass
class Part:
    """What one transaction writes of a step.

    Attributes:
        touched: rows of `Touch`.
        found: rows of `FileName`.
        gone: keys of files that are gone.
        bytes: about how much that is.
    """

    touched: list[Row]
    found: list[Row]
    gone: list[str]
    bytes: int = 0

    @property
    def is_full(self) -> bool:
        """Whether it is as much as one transaction writes."""
        return self.bytes >= _PART_BYTES or len(self.touched) + len(self.found) + len(self.gone) >= _PART

    def add(self, row: Row) -> None:
        """Add a row of either table, or the key of a file that is gone."""
        self.bytes += _ROW_BYTES + len(str(row.get("path") or row.get("name") or ""))
        if "word" in row:
            self.found.append(row)
        elif "folder" in row:
            self.touched.append(row)
        else:
            self.gone.append(row["key"])


def write(session: Session, project: str, start: int, part: Part) -> bool:
    """Write a part of a step, unless somebody else has got on with the index meanwhile; returns whether.

    Args:
        start: what `indexed_up_to` gave when the step was made.
    """
    if indexed_up_to(session, project) != start:
        return False
    _add(session, Touch, part.touched)
    for begin in range(0, len(part.gone), 500):
        keys = part.gone[begin : begin + 500]
        session.execute(delete(FileName).where(FileName.project_id == project, FileName.key.in_(keys)))
    _add(session, FileName, part.found)
    metering.count(stored=part.bytes)
    return True


def finish(session: Session, project: str, start: int, end: int) -> bool:
    """Note that all up to a version has been written, unless somebody else did; returns whether."""
    if indexed_up_to(session, project) != start:
        return False
    session.merge(Indexed(project_id=project, version=end))
    return True


def _add(session: Session, table: type[Touch] | type[FileName], rows: list[Row]) -> None:
    """Add rows, but for those that are there."""
    if rows:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        # Of the table, not of its class: that has each row looked at twice, while others wait.
        session.connection().execute(dialect.insert(table.__table__).on_conflict_do_nothing(), rows)
