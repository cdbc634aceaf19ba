"""Many conflicts are written down in few statements, and as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from hubshare import metering
from hubshare.store.conflicts import note_conflicts
from hubshare.store.database import Database
from hubshare.store.models import Base, Checkout, Conflict, Project

MANY = 3000


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    database = Database(f"sqlite:///{tmp_path / 'db'}")
    Base.metadata.create_all(database.engine)
    with database.begin() as made:
        made.execute(insert(Project), [{"id": "p", "owner": "alice", "name": "course"}])
        for name in ("c", "other"):
            made.execute(insert(Checkout), [{"id": name, "project_id": "p", "user": "alice", "folder": "/x"}])
        yield made
    database.close()


def found(session: Session, checkout: str = "c") -> dict[str, tuple[str, str]]:
    rows = session.execute(
        select(Conflict.path, Conflict.kind, Conflict.snapshot).where(Conflict.checkout_id == checkout)
    )
    return {path: (kind, snapshot) for path, kind, snapshot in rows}


def test_what_a_push_meets_is_noted_beside_what_was_known(session: Session) -> None:
    note_conflicts(session, "p", "other", "s0", (), {"a": "edit"})
    assert note_conflicts(session, "p", "c", "s1", (), {"a": "edit", "b": "edit", "c": "edit"}) == {"a", "b", "c"}
    # One is over, one is another kind now, one is not met this time, one is new.
    assert note_conflicts(session, "p", "c", "s2", ["a", "x"], {"b": "delete", "d": "edit"}) == {"b", "c", "d"}
    assert found(session) == {"b": ("delete", "s2"), "c": ("edit", "s1"), "d": ("edit", "s2")}
    # All that are known are met again.
    assert note_conflicts(session, "p", "c", "s3", (), dict.fromkeys("bcd", "edit")) == {"b", "c", "d"}
    assert found(session) == dict.fromkeys("bcd", ("edit", "s3"))
    assert found(session, "other") == {"a": ("edit", "s0")}
    assert note_conflicts(session, "p", "c", "s4", ["b", "c", "d"], {}) == set()
    assert found(session) == {}


def test_many_conflicts_are_few_statements(session: Session) -> None:
    met = {f"folder/{number}": "edit" for number in range(MANY)}
    with metering.metered() as meter:
        note_conflicts(session, "p", "c", "s1", (), met)
        note_conflicts(session, "p", "c", "s2", (), met)
        note_conflicts(session, "p", "c", "s3", met, {})
    assert meter.queries <= 20
    assert found(session) == {}
