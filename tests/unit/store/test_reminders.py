"""Who is told in time: of what is nearly full, once at each step, and of what ends soon, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from hubshare.config import CentreSettings
from hubshare.store.database import Database
from hubshare.store.endings import tell_of_ends
from hubshare.store.held import AuditBytes, KeptBytes
from hubshare.store.inbox import read_inbox
from hubshare.store.models import Base, Invitation, Member, Offer, Origin, Project, Team, now
from hubshare.store.nearly_full import nearly_full, tell_of_quotas
from hubshare.store.notification_tables import Notification
from hubshare.store.notifications import mark_read
from hubshare.store.offers import DAYS, offer_place
from hubshare.store.token_uses import Seen, UseKey, add_uses, forget_ends


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    database = Database(f"sqlite:///{tmp_path / 'db'}")
    Base.metadata.create_all(database.engine)
    with database.begin() as made:
        made.execute(insert(Team), [{"id": "t", "name": "physics", "creator": "alice"}])
        people = (("alice", "maintainer"), ("carol", "maintainer"), ("bob", "member"))
        made.execute(insert(Member), [{"team_id": "t", "user": user, "role": role} for user, role in people])
        made.execute(insert(Project), [{"id": "p", "owner": "alice", "name": "course"}])
        made.execute(insert(Project), [{"id": "d", "owner": "physics", "name": "data", "team_id": "t"}])
        yield made
    database.close()


def told(session: Session, **of: object) -> list[tuple[str, str, str]]:
    """Who is told to what share of what, for as long as that needs them."""
    query = select(Notification).where(Notification.kind == "quota", Notification.done.is_(None)).filter_by(**of)
    found = session.scalars(query.order_by(Notification.user, Notification.thing))
    return [(row.user, row.thing, row.details["condition"]) for row in found]


def test_one_is_told_at_each_step_and_settled_below_the_first(session: Session) -> None:
    limits = CentreSettings(max_owner_bytes=1000)

    def held(size: int) -> list[tuple[str, str, str]]:
        session.execute(update(Project).where(Project.id == "p").values(bytes=10, unpacked=size))
        tell_of_quotas(session, nearly_full(session, limits))
        unread = told(session, user="alice", read=None)
        mark_read(session, "alice")
        return unread

    assert held(799) == []
    assert held(800) == [("alice", "projects", "80")]
    assert held(940) == [], "that is known"
    assert held(950) == [("alice", "projects", "95")]
    assert held(900) == held(960) == [], "not again before it was less than the first step"
    assert held(1200) == [("alice", "projects", "100")]
    assert held(100) == [] == told(session)
    assert held(801) == [("alice", "projects", "80")]


def test_what_was_fetched_counts_and_a_team_is_told_by_its_maintainers(session: Session) -> None:
    session.execute(update(Project).where(Project.id == "d").values(bytes=500))
    session.add(Origin(project_id="d", origin_id="o", address="https://example.org", held=300))
    session.flush()
    limits = CentreSettings(max_owner_bytes=1000)
    tell_of_quotas(session, nearly_full(session, limits))
    assert told(session) == [("alice", "t", "80"), ("carol", "t", "80")]
    session.execute(update(Member).where(Member.user == "carol").values(role="member"))
    tell_of_quotas(session, nearly_full(session, limits))
    assert told(session) == [("alice", "t", "80")]


def test_what_is_kept_and_what_the_log_holds_are_told_as_well(session: Session) -> None:
    session.add_all([KeptBytes(project_id="p", user="bob", bytes=85), KeptBytes(project_id="d", user="bob", bytes=15)])
    session.add_all([AuditBytes(user="bob", bytes=96, counted=1), AuditBytes(user="", bytes=500, counted=1)])
    session.flush()
    tell_of_quotas(session, nearly_full(session, CentreSettings(max_kept_bytes=100, max_audit_bytes=100)))
    assert told(session) == [("bob", "conflicts", "100"), ("bob", "log", "95")]
    tell_of_quotas(session, nearly_full(session, CentreSettings(max_kept_bytes=0, max_audit_bytes=0)))
    assert told(session) == [], "there is no limit any more"


def test_an_offer_is_told_once_more_before_it_ends(session: Session) -> None:
    offer_place(session, session.get_one(Team, "t"), "dora", "member", "alice")
    began = now()

    def unread(days: float) -> int:
        tell_of_ends(session, began + timedelta(days=days))
        return mark_read(session, "dora")

    # The first one was told when it was made.
    assert [unread(0), unread(DAYS - 4)] == [1, 0]
    assert [unread(DAYS - 2.9), unread(DAYS - 2), unread(DAYS - 1)] == [1, 0, 0]
    session.execute(delete(Offer))
    assert read_inbox(session, "dora", everything=True)[0] == []


def link(session: Session, name: str, made: datetime, days: float, uses: int = 3) -> None:
    more = {"project_id": "p", "digest": name, "role": "reader", "creator": "alice", "uses": uses}
    session.add(Invitation(id=name, created=made, expires=made + timedelta(days=days), **more))
    session.flush()


def test_whoever_made_a_link_is_told_a_day_before_it_ends(session: Session) -> None:
    made = now()
    link(session, "week", made, 7)
    link(session, "day", made + timedelta(days=6), 0.9)
    link(session, "used up", made, 6.5, uses=0)

    def seen(days: float) -> list[str]:
        tell_of_ends(session, made + timedelta(days=days))
        return [found.row.thing for found in read_inbox(session, "alice")[0]]

    assert [seen(5.9), seen(6.1), seen(6.2), seen(7.1)] == [[], ["week"], ["week"], []]


def tokens_told(session: Session, at: datetime) -> list[str]:
    """What one is told of tokens at a time, and reads then."""
    tell_of_ends(session, at)
    query = select(Notification).where(Notification.kind == "token", Notification.done.is_(None))
    found = [row.details["name"] for row in session.scalars(query.where(Notification.read.is_(None)))]
    mark_read(session, "alice")
    return sorted(found)


def test_a_token_that_ends_is_told_a_week_and_a_day_before_once_each(session: Session) -> None:
    begin = now()
    ends = {"laptop": 30, "script": 3, "for ever": None}
    for name, days in ends.items():
        use = UseKey("alice", begin.date(), f"{name}-0", "read", "")
        expires = begin + timedelta(days=days) if days else None
        add_uses(session, {use: 1}, {("alice", use.token): Seen(name, begin, begin, {}, expires)})
    day = timedelta(days=1)
    assert tokens_told(session, begin + day) == [], "of one that is younger than a week its person knows"
    assert tokens_told(session, begin + 2.5 * day) == ["script"]
    assert tokens_told(session, begin + 22 * day) == []
    assert tokens_told(session, begin + 23.5 * day) == ["laptop"]
    assert tokens_told(session, begin + 25 * day) == []
    # Used once more, also where the Hub did not say again when it ends.
    use = UseKey("alice", begin.date(), "laptop-0", "read", "")
    add_uses(session, {use: 1}, {("alice", use.token): Seen("laptop", begin, begin + 25 * day, {})})
    assert tokens_told(session, begin + 29.5 * day) == ["laptop"] and tokens_told(session, begin + 29.6 * day) == []
    assert open_tokens(session) == ["laptop"]
    tell_of_ends(session, begin + 30.1 * day)
    assert open_tokens(session) == [], "it has ended"


def test_a_token_that_is_gone_is_told_no_more(session: Session) -> None:
    begin = now()
    use = UseKey("alice", begin.date(), "laptop-0", "read", "")
    add_uses(session, {use: 1}, {("alice", use.token): Seen("laptop", begin, begin, {}, begin + timedelta(days=30))})
    assert tokens_told(session, begin + timedelta(days=24)) == ["laptop"]
    forget_ends(session, "alice", ["laptop-0"])
    assert open_tokens(session) == []
    assert tokens_told(session, begin + timedelta(days=29.5)) == []


def open_tokens(session: Session) -> list[str]:
    query = select(Notification).where(Notification.kind == "token", Notification.done.is_(None))
    return [row.details["name"] for row in session.scalars(query)]
