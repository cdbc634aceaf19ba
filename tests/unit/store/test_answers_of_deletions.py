"""What was answered of deletions is read alone, without the rest of an answer."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from hubshare.store.database import Database
from hubshare.store.models import Project
from hubshare.store.publications import Deletions, Record, add_records, deletions_of


def test_what_was_answered_of_deletions_is_read_also_of_an_older_answer(database_url: str) -> None:
    database = Database(database_url)
    database.migrate()
    answers: list[dict[str, Any]] = [
        {"status": "applied", "conflicts": [{"path": "x" * 1000, "kind": "edit"}], "gone": 7, "confirmed": False},
        {"status": "applied", "gone": 3, "confirmed": True, "asked": ""},
        {"status": "refused", "asked": "a mark"},
    ]
    with database.begin() as session:
        session.execute(insert(Project), [{"id": "p", "owner": "alice", "name": "course"}])
        for number, answer in enumerate(answers):
            add_records(session, [Record(str(number), "p", "alice", "", answer)])
        add_records(session, [Record("other", "p", "bob", "", answers[0])])
        found = deletions_of(session, "p", "alice")
    assert sorted(found, key=repr) == sorted(
        [Deletions(7, False, None), Deletions(3, True, ""), Deletions(None, None, "a mark")], key=repr
    )
    database.close()
