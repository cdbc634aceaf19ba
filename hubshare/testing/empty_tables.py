"""The tables of a centre without rows, made once in a process and then copied: all migrations take longer than most tests."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import make_url

from hubshare.store.database import Database


def put_empty_tables(url: str) -> None:
    """Put the newest tables, without rows, where a database of SQLite is to be and there is no file yet; else do nothing.

    Args:
        url: a SQLAlchemy address.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and address.database and not Path(address.database).exists():
        Path(address.database).write_bytes(_empty())


@cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.sqlite"
        database = Database(f"sqlite:///{path}")
        try:
            database.migrate()
        finally:
            database.close()
        return path.read_bytes()
