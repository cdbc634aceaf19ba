"""Statements are compiled once for all databases of a kind.

SQLAlchemy keeps what it has compiled with the engine, and most tests have a database of their own: they would spend a third of
their time on compiling the same statements anew.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

#: More than there are statements.
_STATEMENTS = 5_000


def share() -> None:
    """Have all engines that are made from now on share what they have compiled, as long as their dialects are alike."""
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        # They are part of the keys.
        setattr(dialect, "__eq__", _alike)  # noqa: B010
        setattr(dialect, "__hash__", lambda self: hash(type(self)))  # noqa: B010
    compiled: LRUCache[Any, Any] = LRUCache(_STATEMENTS)
    made = Engine.__init__

    def __init__(self: Engine, *args: Any, **options: Any) -> None:
        made(self, *args, **options)
        self._compiled_cache = compiled

    setattr(Engine, "__init__", __init__)  # noqa: B010


def _alike(one: Any, other: object) -> bool:
    return type(one) is type(other)
