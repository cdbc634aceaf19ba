"""The SQLite file in which a checkout keeps what it knows: its form, and its transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY,
    agreed_mode INTEGER, agreed_id TEXT,
    mode INTEGER, id TEXT,
    size INTEGER, mtime INTEGER, ctime INTEGER, inode INTEGER,
    held TEXT NOT NULL DEFAULT '',
    raw TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS edited ON files (path)
    WHERE agreed_id IS NOT id OR agreed_mode IS NOT mode OR held != '';
CREATE INDEX IF NOT EXISTS agreed ON files (agreed_id);
CREATE TABLE IF NOT EXISTS behind (path TEXT PRIMARY KEY, mode INTEGER, id TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS trees (id TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unshared (path TEXT PRIMARY KEY, reason TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mounts (path TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kept (
    number INTEGER PRIMARY KEY, path TEXT NOT NULL, mode INTEGER NOT NULL, id TEXT NOT NULL,
    "commit" TEXT, time REAL NOT NULL, why TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS taken (
    temporary TEXT PRIMARY KEY, path TEXT NOT NULL,
    agreed_mode INTEGER, agreed_id TEXT, mode INTEGER, id TEXT, put_mode INTEGER, put_id TEXT,
    back INTEGER NOT NULL, since REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS kept_by_path ON kept (path, number);
CREATE TABLE IF NOT EXISTS aged (time REAL NOT NULL);
"""


def damage(error: sqlite3.DatabaseError, folder: str) -> str:
    """Return what a person can do when a checkout's database fails.

    Args:
        folder: of the checkout.
    """
    if isinstance(error, sqlite3.OperationalError):
        return f"The disk is full or cannot be written ({error}): free some space, nothing is lost."
    return (
        f"The checkout's index is damaged ({error}): your files are untouched. Run `hubshare repair {folder}`, which "
        "compares the folder with the project anew."
    )


Value = str | int | float | bytes | None


class CheckoutDatabase:
    """One SQLite file.

    Args:
        path: of the file; made when it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._undo: list[Callable[[], None]] = []
        self.execute("PRAGMA journal_mode=WAL")
        self.execute("PRAGMA synchronous=NORMAL")
        self.execute("PRAGMA cache_size=-1024")
        self._connection.executescript(_SCHEMA)
        if "raw" not in {row[1] for row in self.execute("PRAGMA table_info(files)")}:
            # The index of an agent that knew nothing of outputs.
            self.execute("ALTER TABLE files ADD COLUMN raw TEXT NOT NULL DEFAULT ''")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def execute(self, statement: str, values: Sequence[Value] | Mapping[str, Value] = ()) -> sqlite3.Cursor:
        """Run a statement; durable at once outside a transaction."""
        return self._connection.execute(statement, values)

    def executemany(self, statement: str, values: Iterable[Sequence[Value]]) -> None:
        """Run a statement for each of the values."""
        self._connection.executemany(statement, values)

    @contextmanager
    def transaction(self, durable: bool = False) -> Iterator[None]:
        """All changes inside happen, or none does. May be nested.

        Args:
            durable: whether they are to be on disk when it ends, for what is done next relies on them. Others are there in
                their order, sooner or later. Not inside another one.
        """
        if self._connection.in_transaction:
            if durable:
                raise ValueError("a durable transaction cannot be inside another one")
            yield
            return
        if durable:
            with self._synchronous():
                with self.transaction():
                    yield
                return
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            while self._undo:
                self._undo.pop()()
            # SQLite has done it already for some errors, such as a full disk.
            if self._connection.in_transaction:
                self.execute("ROLLBACK")
            raise
        finally:
            self._undo.clear()

    @contextmanager
    def _synchronous(self) -> Iterator[None]:
        self.execute("PRAGMA synchronous=FULL")
        try:
            yield
        finally:
            self.execute("PRAGMA synchronous=NORMAL")

    def on_rollback(self, undo: Callable[[], None]) -> None:
        """Have something in memory undone when the transaction under way is; the last one first."""
        self._undo.append(undo)
