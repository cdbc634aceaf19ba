"""Which checkouts are behind is told of those that were heard of last, when there are too many to look at."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from hubshare.store import lag
from hubshare.store.database import Database
from hubshare.store.models import Base, Checkout, Project, Version, now


def test_of_too_many_checkouts_those_heard_of_last_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lag, "LOOKED_AT", 1)
    database, at = Database(f"sqlite:///{tmp_path / 'db'}"), now()
    Base.metadata.create_all(database.engine)
    version = {"author": "alice", "summary": "", "created": at, "number": 1, "commit": "1", "snapshot": "1"}
    checkout = {"user": "alice", "folder": "/x", "commit": "1"}
    ages = {"a": 3, "b": 1, "c": 2}
    with database.begin() as session:
        for project, hours in ages.items():
            named = {"id": project, "owner": "alice", "name": project, "head": "2", "version": 2}
            session.execute(insert(Project), [named])
            session.execute(insert(Version), [version | {"project_id": project}])
            seen = at - timedelta(hours=hours)
            session.execute(insert(Checkout), [checkout | {"id": project, "project_id": project, "seen": seen}])
    with database.read() as session:
        assert lag.checkouts_behind(session, at, timedelta(days=1)) == {"b": lag.Behind(1, 1)}
    database.close()
