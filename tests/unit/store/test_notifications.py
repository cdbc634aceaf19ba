"""The inbox: one row for each person and thing, bounded, settled with what it is about, and never more than one may know."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from hubshare.store import notifications
from hubshare.store.conflicts import note_conflicts, settle_conflicts
from hubshare.store.database import Database
from hubshare.store.inbox import count_unread, read_inbox
from hubshare.store.models import Base, Checkout, Conflict, Grant, Member, Offer, Project, RefusedGiver, Team, now
from hubshare.store.notification_tables import TOLD, Notification
from hubshare.store.notifications import News, forget_notifications, mark_read, settle, tell, tell_of_roles
from hubshare.store.offers import offer_place
from hubshare.store.users import rename_user
from hubshare.vocabulary import Role

GONE = News("access_lost", "p1", {"name": "alice/course"})


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('inbox') / 'db'}")
    Base.metadata.create_all(database.engine)
    yield database
    database.close()


class _Undone(Exception):
    """Takes back what a test wrote."""


@pytest.fixture
def session(tables: Database) -> Iterator[Session]:
    with pytest.raises(_Undone), tables.begin() as made:
        made.execute(insert(Project), [{"id": "p", "owner": "alice", "name": "course"}])
        made.execute(insert(Checkout), [{"id": "c", "project_id": "p", "user": "bob", "folder": "/home/bob/course"}])
        made.execute(insert(Team), [{"id": "t", "name": "physics", "creator": "alice"}])
        made.execute(insert(Member), [{"team_id": "t", "user": "alice", "role": "maintainer"}])
        yield made
        raise _Undone


def rows(session: Session, user: str = "bob") -> list[Notification]:
    query = select(Notification).where(Notification.user == user).order_by(Notification.time, Notification.number)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def shown(session: Session, user: str = "bob", *, everything: bool = False) -> list[str]:
    return [told.row.kind for told in read_inbox(session, user, everything=everything)[0]]


def test_the_same_thing_again_counts_and_is_unread_again(session: Session) -> None:
    tell(session, ["bob"], GONE)
    assert mark_read(session, "bob") == 1
    assert count_unread(session, "bob") == 0
    tell(session, ["bob"], GONE)
    assert [(row.count, row.read) for row in rows(session)] == [(2, None)]
    settle(session, "access_lost", ["p1"])
    assert count_unread(session, "bob") == 0
    assert shown(session, everything=True) == ["access_lost"]
    tell(session, ["bob"], GONE)
    assert [(row.count, row.done) for row in rows(session)] == [(1, None)], "what was settled begins anew"


def test_what_many_were_told_is_settled_for_all_in_part_after_part(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database takes no statement that names all people of a large Hub."""
    monkeypatch.setattr(notifications, "_SOME", 2)
    people = [f"user-{number}" for number in range(5)]
    tell(session, people, GONE)
    settle(session, "access_lost", [GONE.thing])
    assert [row.done is not None for user in people for row in rows(session, user)] == [True] * 5


def test_what_lasts_is_told_once_a_day_and_at_once_when_it_is_otherwise(session: Session) -> None:
    fails = GONE._replace(details={"condition": "failed", "message": "one"})
    tell(session, ["bob"], fails)
    mark_read(session, "bob")
    session.execute(update(Notification).values(mailed=now()))
    told = rows(session)[0].time
    tell(session, ["bob"], fails._replace(details={"condition": "failed", "message": "two"}))
    [row] = rows(session)
    assert (row.count, row.details["message"], row.time, count_unread(session, "bob")) == (2, "two", told, 0)
    assert row.mailed
    tell(session, ["bob"], fails._replace(details={"condition": "given up"}))
    assert count_unread(session, "bob") == 1
    mark_read(session, "bob")
    session.execute(update(Notification).values(time=now() - timedelta(days=1, minutes=1)))
    tell(session, ["bob"], fails._replace(details={"condition": "given up"}))
    [row] = rows(session)
    assert (row.count, row.read, row.mailed, now() - row.time < timedelta(minutes=1)) == (4, None, None, True)
    mark_read(session, "bob")
    settle(session, "access_lost", ["p1"])
    tell(session, ["bob"], fails._replace(details={"condition": "given up"}))
    assert count_unread(session, "bob") == 1, "it was mended between"


def test_nobody_is_told_of_what_they_do_themselves_or_by_whom_they_refuse(session: Session) -> None:
    session.add(RefusedGiver(user="carol", giver="alice"))
    tell(session, ["alice", "bob", "carol", ""], GONE._replace(giver="alice"))
    assert list(session.scalars(select(Notification.user))) == ["bob"]
    assert session.info[TOLD] == {"bob"}


def test_one_giver_fills_nobodys_inbox(session: Session) -> None:
    tell(session, ["bob"], GONE._replace(thing="of somebody else", giver="carol"))
    for number in range(notifications.OF_ONE_GIVER + 3):
        tell(session, ["bob"], GONE._replace(thing=f"{number:03}", giver="mallory"))
    assert len(rows(session)) == notifications.OF_ONE_GIVER + 1
    mark_read(session, "bob")
    tell(session, ["bob"], GONE._replace(thing="later", giver="mallory"))
    assert rows(session)[-1].thing == "later"


def test_the_oldest_that_need_nobody_leave_first(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifications, "KEPT", 4)
    for thing in ("old", "read", "settled", "given"):
        tell(session, ["bob"], GONE._replace(thing=thing, giver="alice" if thing == "given" else ""))
    mark_read(session, "bob", number=next(row.number for row in rows(session) if row.thing == "read"))
    settle(session, "access_lost", ["settled"])
    left = []
    for thing in ("1", "2", "3", "4"):
        tell(session, ["bob"], GONE._replace(thing=thing))
        left.append({"old", "read", "settled", "given"} & {row.thing for row in rows(session)})
    assert left == [{"old", "read", "given"}, {"old", "given"}, {"old"}, set()]


def test_what_is_old_goes(session: Session) -> None:
    tell(session, ["bob"], GONE)
    forget_notifications(session, now() - timedelta(days=1))
    assert len(rows(session)) == 1
    forget_notifications(session, now() + timedelta(days=1))
    assert rows(session) == []


def test_the_places_of_a_list(session: Session) -> None:
    for number in range(5):
        tell(session, ["bob"], GONE._replace(thing=str(number)))
    # Two of the same moment are told apart by their numbers.
    session.execute(update(Notification).values(time=now()))
    seen, place = [], None
    for _ in range(3):
        found, place = read_inbox(session, "bob", after=place, most=2)
        seen += [told.row.thing for told in found]
    assert (seen, place) == (["4", "3", "2", "1", "0"], None)


def test_one_learns_nothing_of_a_project_that_one_may_not_see(session: Session) -> None:
    tell(session, ["bob"], News("import", "p", {}, "p"))
    assert (shown(session), count_unread(session, "bob")) == ([], 0)
    session.add(Grant(project_id="p", kind="user", subject="bob", role="reader"))
    session.flush()
    found = read_inbox(session, "bob")[0]
    assert [(told.row.kind, told.project) for told in found] == [("import", "alice/course")]
    session.execute(update(Project).values(deleted=now()))
    assert shown(session) == []


def test_one_learns_nothing_of_a_team_that_one_is_not_in(session: Session) -> None:
    tell(session, ["bob"], News("team", "t", {"role": "member"}, team_id="t"))
    assert shown(session) == []
    session.add(Member(team_id="t", user="bob", role="member"))
    session.flush()
    assert [told.team for told in read_inbox(session, "bob")[0]] == ["physics"]


def test_a_conflict_needs_its_person_until_one_has_picked(session: Session) -> None:
    session.add(Grant(project_id="p", kind="user", subject="bob", role="writer"))
    note_conflicts(session, "p", "c", "s1", (), {"a": "edit", "b": "edit"})
    assert [row.details for row in rows(session)] == [{"files": 2, "folder": "/home/bob/course"}]
    note_conflicts(session, "p", "c", "s2", ["a"], {})
    assert shown(session) == ["conflict"], "another one is left"
    session.execute(update(Conflict).values(picked={"ours": None, "theirs": None}))
    settle_conflicts(session, "p")
    assert shown(session) == []
    note_conflicts(session, "p", "c", "s3", (), {"d": "edit"})
    assert shown(session) == ["conflict"]
    session.execute(delete(Conflict))
    settle_conflicts(session, "p")
    assert shown(session) == []


def test_roles_that_come_and_go(session: Session) -> None:
    project = session.get_one(Project, "p")
    session.add(Grant(project_id="p", kind="user", subject="bob", role="writer"))
    before: dict[str, Role | None] = {"bob": None, "carol": Role.admin}
    tell_of_roles(session, project, before, {"bob": Role.writer, "carol": Role.admin}, "alice")
    assert [(row.kind, row.details["role"]) for row in rows(session)] == [("access", "writer")]
    assert rows(session, "carol") == [], "nothing has changed"
    tell_of_roles(session, project, {"bob": Role.writer}, {"bob": None}, "alice")
    assert shown(session) == ["access_lost"]
    assert rows(session)[-1].details == {"name": "alice/course"}
    tell_of_roles(session, project, {"bob": None}, {"bob": Role.reader}, "alice")
    assert shown(session) == ["access"]


def test_an_offer_is_there_for_as_long_as_it_can_be_answered(session: Session) -> None:
    offer_place(session, session.get_one(Team, "t"), "bob", "member", "alice")
    found = read_inbox(session, "bob")[0]
    assert [(told.now["name"], told.now["role"]) for told in found] == [("physics", "member")]
    session.execute(update(Member).values(role="member"))
    assert shown(session) == [], "alice may not offer it any more"
    session.execute(update(Member).values(role="maintainer"))
    session.execute(delete(Offer))
    assert shown(session) == []


def test_a_person_who_is_renamed_keeps_it(session: Session) -> None:
    tell(session, ["bob"], GONE._replace(giver="carol"))
    tell(session, ["rob"], GONE)
    rename_user(session, "carol", "caroline")
    rename_user(session, "bob", "rob")
    assert [(row.giver, row.thing) for row in rows(session, "rob")] == [("caroline", "p1")]
    assert session.scalar(select(func.count()).select_from(Notification)) == 1


def test_whoever_is_told_hears_of_it_once_it_is_committed(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'db'}")
    Base.metadata.create_all(database.engine)
    heard: list[set[str]] = []
    database.on_told = lambda users: heard.append(set(users))
    with pytest.raises(_Undone), database.begin() as session:
        tell(session, ["bob"], GONE)
        raise _Undone
    assert heard == []
    with database.begin() as session:
        tell(session, ["bob"], GONE)
        assert heard == []
    assert heard == [{"bob"}]
    database.close()
