"""Which databases are in use: asked of real processes."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hubshare_agents.checkout import databases


@contextmanager
def _program(body: str, *args: str | Path) -> Iterator[None]:
    """Another process that has done something and stays; it ends without closing anything."""
    script = f"import os, sys\n{body}\nprint('ready', flush=True)\nsys.stdin.read()\nos._exit(0)"
    with subprocess.Popen(
        [sys.executable, "-c", script, *map(str, args)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stdin is not None
        assert process.stdout.readline() == b"ready\n"
        yield
        process.stdin.close()


def _taken(path: Path) -> str:
    folder, handle = os.open(path.parent, os.O_RDONLY), os.open(path, os.O_RDONLY)
    try:
        return databases.being_written(folder, path.name, handle)
    finally:
        os.close(handle)
        os.close(folder)


def _replaced(path: Path) -> str:
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        return databases.in_use(folder, path.name)
    finally:
        os.close(folder)


def _database(path: Path, journal: str = "delete") -> Path:
    with closing(sqlite3.connect(path)) as made:
        made.execute(f"PRAGMA journal_mode={journal}")
        made.execute("CREATE TABLE t (x)")
        made.commit()
    return path


_OPEN = """import sqlite3
opened = sqlite3.connect(sys.argv[1], isolation_level=None)
opened.execute("SELECT * FROM t").fetchall()
"""


def test_a_closed_database_may_be_taken_and_replaced(tmp_path: Path) -> None:
    for journal in ("delete", "wal", "persist", "truncate"):
        made = _database(tmp_path / f"{journal}.db", journal)
        assert _taken(made) == "" and _replaced(made) == ""


def test_an_open_database_may_be_taken_but_not_replaced(tmp_path: Path) -> None:
    made = _database(tmp_path / "rest.db")
    with _program(_OPEN, made):
        assert _taken(made) == ""
        assert "has open" in _replaced(made)


@pytest.mark.parametrize("journal", ["delete", "memory", "off"])
def test_a_database_in_a_transaction_is_not_taken(tmp_path: Path, journal: str) -> None:
    made = _database(tmp_path / "busy.db")
    write = f"""
opened.execute("PRAGMA journal_mode={journal}")
opened.execute("BEGIN IMMEDIATE")
opened.execute("INSERT INTO t VALUES (1)")
"""
    with _program(_OPEN + write, made):
        assert "database" in _taken(made)
        assert "database" in _replaced(made)
    assert _taken(made) == "", "nothing of it had reached the file"


def test_rows_that_are_only_in_the_companion_hold_the_database(tmp_path: Path) -> None:
    made = _database(tmp_path / "rows.db", "wal")
    with _program(_OPEN + "opened.execute('INSERT INTO t VALUES (1)')", made):
        assert "rows.db-wal" in _taken(made)
        assert "rows.db-wal" in _replaced(made)
    # It was ended without closing the database: what is in the companion is still nowhere else.
    assert "rows.db-wal" in _taken(made)


def test_asking_gives_up_no_lock_of_this_process(tmp_path: Path) -> None:
    made = _database(tmp_path / "own.db")
    with closing(sqlite3.connect(made, isolation_level=None)) as own:
        own.execute("BEGIN EXCLUSIVE")
        _taken(made)
        with pytest.raises(subprocess.CalledProcessError):
            subprocess.run(
                [sys.executable, "-c", _OPEN.replace("isolation_level", "timeout=0, isolation_level"), made],
                check=True,
                stderr=subprocess.DEVNULL,
            )


@pytest.mark.parametrize("head", [b"\x89HDF\r\n\x1a\n" + bytes(100), bytes(8) + b"DUCK" + bytes(100)])
def test_other_formats_are_whole_once_they_are_closed(tmp_path: Path, head: bytes) -> None:
    made = tmp_path / "data"
    made.write_bytes(head)
    assert _taken(made) == "" and _replaced(made) == ""
    with _program("file = open(sys.argv[1], 'r+b')", made):
        assert _taken(made) and _replaced(made)


def test_what_is_no_database_is_none(tmp_path: Path) -> None:
    folder: Callable[[str], Path] = lambda name: tmp_path / name  # noqa: E731
    folder("empty").touch()
    folder("text").write_text("text")
    folder("text-wal").write_text("of something else")
    folder("sub").mkdir()
    folder("link").symlink_to("text")
    os.mkfifo(folder("pipe"))
    assert {
        name: _replaced(folder(name)) for name in ("empty", "text", "sub", "link", "pipe", "none")
    } == dict.fromkeys(("empty", "text", "sub", "link", "pipe", "none"), "")
