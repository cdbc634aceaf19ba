"""The index of one checkout: what of each path it agreed on with the project, what was last seen on disk, what is published.

For every path three versions are known. `agreed` is what this checkout and the project last had in common, `local` what the
last look at the disk found, `published` what the newest known published state holds. Everything else follows from them.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import islice
from typing import NamedTuple

from hubshare.git.objects import EMPTY_TREE
from hubshare.sync.plan import Triple
from hubshare.sync.trees import Entry, Side
from hubshare_agents.checkout.database import CheckoutDatabase

#: Of so many paths it is remembered what was agreed on before they were replaced.
_REMEMBERED = 10_000


class Seen(NamedTuple):
    """A file as `stat` described it when its content was read: equal again means unchanged.

    Attributes:
        size: bytes.
        mtime, ctime: nanoseconds since 1970; `mtime` is -1 when the file was too young to rely on it.
        inode: number of the inode.
    """

    size: int
    mtime: int
    ctime: int
    inode: int


class Row(NamedTuple):
    """What the index knows of one path.

    Attributes:
        local: what of the file on disk is shared.
        raw: id of all that is in the file, where that is more: a notebook with outputs that the project does not share.
    """

    path: str
    agreed: Side
    local: Side
    seen: Seen | None
    held: str
    raw: str = ""

    @property
    def on_disk(self) -> Side:
        """The file itself, as it was last seen."""
        return self.local._replace(id=self.raw) if self.local is not None and self.raw else self.local


class Kept(NamedTuple):
    """A version that was replaced here and can be restored.

    Attributes:
        commit: the published commit that holds it, or None when its content is kept in this checkout's state.
    """

    number: int
    path: str
    entry: Entry
    commit: str | None
    time: float
    why: str


class CheckoutIndex:
    """The paths of one checkout.

    Args:
        database: of the checkout.
    """

    def __init__(self, database: CheckoutDatabase) -> None:
        self._db = database
        self._agreed_before: dict[str, Side] = {}

    def transaction(self, durable: bool = False) -> AbstractContextManager[None]:
        """All changes inside happen, or none does. May be nested; not where they are to be on disk when it ends."""
        return self._db.transaction(durable)

    # files

    def note_replaced(self, paths: Iterable[str]) -> None:
        """Remember, for as long as this process lives, what was agreed on at paths that are being replaced."""
        for path in paths:
            self._agreed_before.pop(path, None)
            self._agreed_before[path] = self.row(path).agreed
        for path in list(islice(self._agreed_before, max(0, len(self._agreed_before) - _REMEMBERED))):
            del self._agreed_before[path]

    def agreed_before(self, path: str) -> Side:
        """Return what was agreed on before a path was replaced last; None where that is not remembered."""
        return self._agreed_before.get(path)

    def row(self, path: str) -> Row:
        """What is known of a path; an empty row when nothing is."""
        found = self._db.execute(f"{_ROW} WHERE path = ?", (path,)).fetchone()
        return _row(found) if found else Row(path, None, None, None, "")

    def rows(self, prefix: str = "") -> dict[str, Row]:
        """All rows at and below a path; everything for "" ."""
        if not prefix:
            found = self._db.execute(_ROW)
        else:
            found = self._db.execute(
                f"{_ROW} WHERE path = ? OR (path > ? AND path < ?)", (prefix, prefix + "/", prefix + "0")
            )
        return {row[0]: _row(row) for row in found}

    def below(self, path: str, most: int = -1) -> Iterator[str]:
        """Paths that were last seen on disk in the folder `path`; not more than `most` of them, if that is not negative."""
        found = self._db.execute(
            "SELECT path FROM files WHERE path > ? AND path < ? AND id IS NOT NULL LIMIT ?",
            (path + "/", path + "0", most),
        )
        return iter([row[0] for row in found])

    def entry(self, path: str) -> Side:
        """What was last seen on disk at a path."""
        return self.row(path).local

    def tracked(self, path: str) -> bool:
        """Whether the project holds, or held, something at or below a path, so that ignore rules do not apply."""
        bounds = (path, path + "/", path + "0")
        return bool(
            self._db.execute(
                "SELECT 1 FROM files WHERE (path = ? OR (path > ? AND path < ?)) AND agreed_id IS NOT NULL "
                "UNION ALL SELECT 1 FROM behind WHERE (path = ? OR (path > ? AND path < ?)) AND id IS NOT NULL LIMIT 1",
                bounds + bounds,
            ).fetchone()
        )

    def has_agreed(self) -> bool:
        """Whether anything was agreed on with the project yet."""
        return bool(self._db.execute("SELECT 1 FROM files WHERE agreed_id IS NOT NULL LIMIT 1").fetchone())

    def tracked_in(self, folder: str) -> set[str]:
        """The names in a folder ("" for the top) at or below which the project holds, or held, something."""
        prefix = f"{folder}/" if folder else ""
        name = "substr(path, :from, instr(substr(path, :from) || '/', '/') - 1)"
        # Everything that begins with the prefix; "0" comes after "/".
        below = "path > :prefix AND path < :end AND" if folder else ""
        found = self._db.execute(
            f"SELECT DISTINCT {name} FROM files WHERE {below} agreed_id IS NOT NULL "  # noqa: S608
            f"UNION SELECT DISTINCT {name} FROM behind WHERE {below} id IS NOT NULL",
            {"from": len(prefix) + 1, "prefix": prefix, "end": f"{folder}0"},
        )
        return {row[0] for row in found}

    def save(self, row: Row) -> None:
        """Write what is known of a path; a row that says nothing is removed."""
        if row.agreed is None and row.local is None and not row.held:
            self._db.execute("DELETE FROM files WHERE path = ?", (row.path,))
            return
        self._db.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                row.path,
                *(row.agreed or (None, None)),
                *(row.local or (None, None)),
                *(row.seen or (None,) * 4),
                row.held,
                row.raw if row.local is not None else "",
            ),
        )

    def knows(self, blob: str) -> bool:
        """Whether some path agreed on this content, so that the centre holds it."""
        return bool(self._db.execute("SELECT 1 FROM files WHERE agreed_id = ? LIMIT 1", (blob,)).fetchone())

    def holding(self, blob: str) -> list[tuple[str, int]]:
        """Return some paths, with their modes, whose files held this content and nothing else when they were last seen."""
        found = self._db.execute(
            "SELECT path, mode FROM files WHERE agreed_id = ? AND id = agreed_id AND raw = '' LIMIT 3", (blob,)
        )
        return [(row[0], row[1]) for row in found]

    def look_again(self, suffix: str) -> None:
        """Have the next scan read the files again that differ from what was agreed on and whose names end so."""
        self._db.execute(
            "UPDATE files SET size = NULL, mtime = NULL, ctime = NULL, inode = NULL "
            "WHERE (agreed_id IS NOT id OR agreed_mode IS NOT mode) AND substr(path, -length(?)) = ?",
            (suffix, suffix),
        )

    def forget_stamps(self, path: str) -> None:
        """Have the next scan read a file, whatever its stamps say."""
        self._db.execute(
            "UPDATE files SET size = NULL, mtime = NULL, ctime = NULL, inode = NULL WHERE path = ?", (path,)
        )

    def seen(self) -> Iterator[tuple[str, Seen]]:
        """The files that were seen on disk, with what to recognise them by; a few hundred of them at most."""
        found = self._db.execute(
            "SELECT path, size, mtime, ctime, inode FROM files WHERE id IS NOT NULL AND ctime IS NOT NULL LIMIT 500"
        ).fetchall()
        return ((path, Seen(*stamps)) for path, *stamps in found)

    def some_paths(self) -> list[str]:
        """Return paths that are, or were, in the folder; a few hundred of them at most."""
        return [row[0] for row in self._db.execute("SELECT path FROM files LIMIT 500")]

    def has(self, path: str) -> bool:
        """Whether anything is known at or below a path."""
        bounds = (path, path + "/", path + "0")
        found = self._db.execute("SELECT 1 FROM files WHERE path = ? OR (path > ? AND path < ?) LIMIT 1", bounds)
        return found.fetchone() is not None

    def misses_something(self) -> bool:
        """Whether a file that was agreed on is gone here."""
        return bool(
            self._db.execute(
                "SELECT 1 FROM files WHERE agreed_id IS NOT NULL AND id IS NULL AND held = '' LIMIT 1"
            ).fetchone()
        )

    def mounts(self) -> frozenset[str]:
        """The folders where another disk was mounted when they were last seen whole."""
        return frozenset(row[0] for row in self._db.execute("SELECT path FROM mounts"))

    def set_mounts(self, found: Mapping[str, bool]) -> None:
        """Note where another disk is mounted from now on, and where none is any more."""
        self._db.executemany("DELETE FROM mounts WHERE path = ?", ((path,) for path in found))
        self._db.executemany("INSERT INTO mounts VALUES (?)", ((path,) for path, mounted in found.items() if mounted))

    def count(self) -> int:
        """How many files the checkout shares."""
        found = self._db.execute("SELECT count(*) FROM files WHERE agreed_id IS NOT NULL").fetchone()
        return int(found[0])

    def paths(self) -> Iterator[str]:
        """All paths on disk that are shared or could be."""
        return (row[0] for row in self._db.execute("SELECT path FROM files WHERE id IS NOT NULL"))

    # published

    def published_paths(self) -> Iterator[str]:
        """All paths that the known published state holds."""
        return (
            row[0]
            for row in self._db.execute(
                "SELECT path FROM files WHERE agreed_id IS NOT NULL AND path NOT IN (SELECT path FROM behind) "
                "UNION ALL SELECT path FROM behind WHERE id IS NOT NULL"
            )
        )

    def published(self, path: str) -> Side:
        """What the known published state holds at a path."""
        found = self._db.execute("SELECT mode, id FROM behind WHERE path = ?", (path,)).fetchone()
        return _side(*found) if found else self.row(path).agreed

    def agree(self, path: str, agreed: Side, published: Side) -> None:
        """Set what a path agreed on, and what is published there."""
        self.save(self.row(path)._replace(agreed=agreed))
        if agreed == published:
            self._db.execute("DELETE FROM behind WHERE path = ?", (path,))
        else:
            self._db.execute("INSERT OR REPLACE INTO behind VALUES (?, ?, ?)", (path, *(published or (None, None))))

    def differing(self) -> list[Triple]:
        """The paths in which agreed, local and published are not all the same."""
        found = self._db.execute(
            "SELECT path, agreed_mode, agreed_id, mode, id, held FROM files "
            "WHERE agreed_id IS NOT id OR agreed_mode IS NOT mode OR held != '' "
            "UNION SELECT behind.path, agreed_mode, agreed_id, files.mode, files.id, coalesce(held, '') "
            "FROM behind LEFT JOIN files ON files.path = behind.path"
        ).fetchall()
        behind = {row[0]: _side(row[1], row[2]) for row in self._db.execute("SELECT path, mode, id FROM behind")}
        triples = []
        for path, agreed_mode, agreed_id, mode, name, held in found:
            agreed = _side(agreed_mode, agreed_id)
            triples.append(Triple(path, agreed, _side(mode, name), behind.get(path, agreed), held))
        return triples

    # trees of the known published state

    def tree(self, name: str) -> bytes:
        """The raw content of a tree.

        Raises:
            KeyError: when it is not here.
        """
        if name == EMPTY_TREE:
            return b""
        found = self._db.execute("SELECT data FROM trees WHERE id = ?", (name,)).fetchone()
        if not found:
            raise KeyError(name)
        return bytes(found[0])

    def add_trees(self, trees: Iterable[tuple[str, bytes]]) -> None:
        """Keep trees; one that is there and damaged is put right."""
        self._db.executemany(
            "INSERT INTO trees VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data "
            "WHERE data IS NOT excluded.data",
            trees,
        )

    def keep_trees(self, wanted: Collection[str]) -> None:
        """Drop all other trees."""
        gone = [(row[0],) for row in self._db.execute("SELECT id FROM trees") if row[0] not in wanted]
        self._db.executemany("DELETE FROM trees WHERE id = ?", gone)

    # what is not shared, and what can be restored

    def set_unshared(self, prefix: str, found: dict[str, str]) -> None:
        """Replace what is known about paths that are not shared at and below `prefix`."""
        if prefix:
            top = readable(prefix)
            self._db.execute(
                "DELETE FROM unshared WHERE path = ? OR (path > ? AND path < ?)", (top, top + "/", top + "0")
            )
        else:
            self._db.execute("DELETE FROM unshared")
        self._db.executemany(
            "INSERT OR REPLACE INTO unshared VALUES (?, ?)",
            ((readable(path), reason) for path, reason in found.items()),
        )

    def unshared(self) -> dict[str, str]:
        """Path to the reason why it is not shared; ignored paths are not among them."""
        return dict(self._db.execute("SELECT path, reason FROM unshared ORDER BY path"))

    def add_kept(self, path: str, entry: Entry, commit: str | None, time: float, why: str) -> None:
        """Remember a version that can be restored; what was kept last of the path, and is kept once more, is there once."""
        last = self._db.execute(
            'SELECT number, mode, id, "commit" FROM kept WHERE path = ? ORDER BY number DESC LIMIT 1', (path,)
        ).fetchone()
        if last is not None and tuple(last[1:]) == (entry.mode, entry.id, commit):
            self._db.execute("UPDATE kept SET time = ? WHERE number = ?", (time, last[0]))
            return
        self._db.execute(
            'INSERT INTO kept (path, mode, id, "commit", time, why) VALUES (?, ?, ?, ?, ?, ?)',
            (path, entry.mode, entry.id, commit, time, why),
        )

    def kept(self, path: str | None = None) -> list[Kept]:
        """The versions that can be restored, the newest first."""
        found = self._db.execute(
            'SELECT number, path, mode, id, "commit", time, why FROM kept '
            "WHERE ? IS NULL OR path = ? ORDER BY number DESC",
            (path, path),
        )
        return [Kept(row[0], row[1], Entry(row[2], row[3]), row[4], row[5], row[6]) for row in found]

    def aged(self) -> float | None:
        """The time up to which ages were told, see `next_time` in `aging`; None when that was never done."""
        found = self._db.execute("SELECT max(time) FROM aged").fetchone()
        return None if found[0] is None else float(found[0])

    def age(self, time: float) -> None:
        """Remember the time up to which ages are told."""
        with self._db.transaction():
            self._db.execute("DELETE FROM aged")
            self._db.execute("INSERT INTO aged VALUES (?)", (time,))

    def forget_kept(self, before: float, least: int) -> list[str]:
        """Forget what was kept before a time; return the ids of contents that nothing refers to any more.

        Args:
            least: so many of the newest stay.
        """
        old = "time < ? AND number NOT IN (SELECT number FROM kept ORDER BY number DESC LIMIT ?)"
        with self._db.transaction():
            ids = {row[0] for row in self._db.execute(f"SELECT id FROM kept WHERE {old}", (before, least))}  # noqa: S608
            self._db.execute(f"DELETE FROM kept WHERE {old}", (before, least))  # noqa: S608
        return [name for name in ids if not self._db.execute("SELECT 1 FROM kept WHERE id = ?", (name,)).fetchone()]


_Stamp = int | None
_Found = tuple[str, int | None, str | None, int | None, str | None, _Stamp, _Stamp, _Stamp, _Stamp, str, str]
_ROW = "SELECT path, agreed_mode, agreed_id, mode, id, size, mtime, ctime, inode, held, raw FROM files"


def _row(found: _Found) -> Row:
    path, agreed_mode, agreed_id, mode, name, size, mtime, ctime, inode, held, raw = found
    seen = None
    if size is not None and mtime is not None and ctime is not None and inode is not None:
        seen = Seen(size, mtime, ctime, inode)
    return Row(path, _side(agreed_mode, agreed_id), _side(mode, name), seen, held, raw)


def _side(mode: int | None, name: str | None) -> Side:
    return Entry(mode, name) if mode is not None and name is not None else None


def readable(path: str) -> str:
    """A path as text that can be stored and printed; bytes that are not UTF-8 are shown as `\\xNN`."""
    return os.fsencode(path).decode(errors="backslashreplace")
