"""What there is beside a project, as one statement says it: of each kind, where there is some, and only the person's own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from hubshare.store.beside import Beside, look_beside
from hubshare.store.database import Database
from hubshare.store.index_tables import Indexed
from hubshare.store.job_tables import Job
from hubshare.store.models import Checkout, Origin, Project, Release, Version, now
from hubshare.store.notification_tables import Notification
from hubshare.store.server_tables import ServerRequest, ServerShare

NOTHING = Beside(-1, False, False, False, False, False, False, False)
AT = now()


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    database = Database(database_url)
    database.migrate()
    with database.begin() as made:
        projects = [{"id": one, "owner": "alice", "name": one} for one in ("p", "q")]
        made.execute(insert(Project), projects)
        made.execute(
            insert(Version),
            [
                {
                    "project_id": one["id"],
                    "number": 0,
                    "commit": "c",
                    "snapshot": "c",
                    "author": "alice",
                    "summary": "",
                    "created": AT,
                }
                for one in projects
            ],
        )
        yield made
    database.close()


def look(session: Session, project: str = "p", user: str = "bob", all_told: bool = False) -> Beside:
    lately = AT - timedelta(minutes=15)
    kinds, passing = ["push", "edit"], ["queued", "running"]
    return look_beside(session, project, user, kinds=kinds, passing=passing, since=lately, all_told=all_told)


def job(number: int, user: str, state: str, ended: datetime | None = None, kind: str = "push") -> dict[str, Any]:
    texts = dict.fromkeys(("queue", "message", "token", "door", "worker", "outcome", "code", "error", "traceback"), "")
    named = {
        "number": number,
        "id": f"{number:032}",
        "trace": f"{number}",
        "kind": kind,
        "project_id": "p",
        "user": user,
    }
    times = {"queued": AT - timedelta(minutes=1), "moved": AT, "ended": ended}
    return texts | named | times | {"state": state, "attempt": 1, "arguments": "", "timeline": []}


def test_a_project_with_nothing_beside_it_has_nothing(session: Session) -> None:
    assert look(session) == NOTHING


def test_each_kind_is_told_of_its_project_and_its_person_alone(session: Session) -> None:
    session.execute(insert(Indexed), [{"project_id": "p", "version": 7}])
    session.execute(
        insert(Release), [{"project_id": "p", "name": "One", "version": 0, "notes": "", "creator": "alice"}]
    )
    session.execute(insert(Origin), [{"project_id": "p", "origin_id": "q", "commit": "", "version": 0, "open": {}}])
    session.execute(insert(Checkout), [{"id": "c", "project_id": "p", "user": "bob", "folder": "/home/bob/p"}])
    later = AT + timedelta(days=1)
    share = {"id": "s", "project_id": "p", "owner": "alice", "user": "bob", "server": "", "expires": later}
    session.execute(insert(ServerShare), [share])
    asked = {"id": "r", "project_id": "p", "asker": "bob", "owner": "alice", "expires": later}
    session.execute(insert(ServerRequest), [asked])
    told = {"user": "bob", "kind": "conflict", "thing": "p", "details": {}, "count": 1}
    session.execute(insert(Notification), [told])
    assert look(session) == Beside(7, True, True, False, True, True, True, True)
    assert look(session, user="carol") == Beside(7, True, True, False, False, False, False, False)
    assert look(session, "q") == NOTHING._replace(shares=True, unread=True)


def test_changes_are_those_that_wait_and_ones_own_that_have_ended_lately(session: Session) -> None:
    session.execute(
        insert(Job), [job(1, "bob", "done", AT - timedelta(hours=1)), job(2, "carol", "queued", kind="index")]
    )
    assert not look(session, all_told=True).changes, "it ended long ago, or is no change"
    session.execute(insert(Job), [job(3, "carol", "failed", AT)])
    assert not look(session).changes, "others are not told of it"
    assert look(session, user="carol").changes and look(session, all_told=True).changes
    session.execute(insert(Job), [job(4, "carol", "running")])
    assert look(session).changes
