"""What was done with tokens is added up by day, and no person can fill the table with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hubshare.operations.hub_tokens import TokenAtHub
from hubshare.operations.tokens import match_tokens
from hubshare.store.database import Database
from hubshare.store.models import Base
from hubshare.store.token_tables import TokenSeen, TokenUse
from hubshare.store.token_uses import (
    ADDRESSES,
    EACH_DAY,
    KEPT,
    Seen,
    UseKey,
    add_uses,
    forget_uses,
    seen_of,
    uses_by_day,
    uses_of,
)

AT = datetime(2026, 11, 28, 12)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'hubshare.sqlite'}")
    Base.metadata.create_all(made.engine)
    yield made
    made.close()


def use(project: str = "", token: str = "a1-x", user: str = "alice", kind: str = "read", at: datetime = AT) -> UseKey:
    return UseKey(user, at.date(), token, kind, project)


def seen(at: datetime = AT, *addresses: str) -> Seen:
    return Seen("a note", at, at, dict.fromkeys(addresses, at))


def test_what_is_done_again_is_added_to_what_was_done(database: Database) -> None:
    for at in (AT, AT + timedelta(hours=1), AT + timedelta(days=1)):
        with database.begin() as session:
            add_uses(
                session, {use("alice/course", at=at): 2, use(kind="push", at=at): 1}, {("alice", "a1-x"): seen(at)}
            )
    with database.read() as session:
        assert uses_of(session, "alice") == {"a1-x": {"read": 6, "push": 3}}
        assert uses_by_day(session, "alice", "a1-x") == [((AT + timedelta(days=1)).date(), 3), (AT.date(), 6)]
        (row,) = seen_of(session, "alice", 10)
        assert (row.first, row.last, row.note) == (AT, AT + timedelta(days=1), "a note")


def test_one_person_has_so_many_rows_a_day_and_the_rest_is_counted_as_others(database: Database) -> None:
    for piece in range(2):
        many = {use(f"alice/p{piece}-{number}", token=f"a{number}-x"): 1 for number in range(EACH_DAY)}
        many[use(user="bob")] = 1
        with database.begin() as session:
            add_uses(session, many, {("alice", f"a{number}-x"): seen() for number in range(EACH_DAY)})
    with database.begin() as session:
        add_uses(session, {use(token="anew-x"): 1}, {("alice", "anew-x"): seen()})
    with database.read() as session:
        rows = session.scalar(select(func.count()).select_from(TokenUse).where(TokenUse.user == "alice"))
        assert rows == EACH_DAY + 1
        assert uses_of(session, "alice")[""] == {"read": EACH_DAY + 1}
        assert uses_of(session, "bob") == {"a1-x": {"read": 2}}
        # Of a token of which no use is told apart nothing else is kept.
        assert "anew-x" not in {row.token for row in seen_of(session, "alice", 1000)}


def test_the_last_addresses_are_kept_and_no_others(database: Database) -> None:
    for number in range(2 * ADDRESSES):
        with database.begin() as session:
            at = AT + timedelta(minutes=number)
            add_uses(session, {use(): 1}, {("alice", "a1-x"): seen(at, f"192.0.2.{number}")})
    with database.read() as session:
        (row,) = seen_of(session, "alice", 10)
    assert [*row.addresses] == [f"192.0.2.{number}" for number in reversed(range(ADDRESSES, 2 * ADDRESSES))]


def test_what_is_old_is_forgotten(database: Database) -> None:
    later = AT + KEPT + timedelta(days=1)
    with database.begin() as session:
        add_uses(session, {use(): 1, use(token="a2-x", at=later): 1}, {("alice", "a1-x"): seen()})
        forget_uses(session, later)
    with database.read() as session:
        assert {*uses_of(session, "alice")} == {"a2-x"} and not seen_of(session, "alice", 10)


def at_hub(id_: str, created: datetime | None) -> TokenAtHub:
    return TokenAtHub(id_, "", (), created, None, None, "")


def first_used(token: str, first: datetime) -> TokenSeen:
    return TokenSeen(user="alice", token=token, first=first, last=AT, addresses={})


def test_a_token_whose_id_was_given_before_has_nothing_of_the_former_one() -> None:
    former, newer = first_used("a1-x", AT), first_used("a1-y", AT + timedelta(hours=2))
    made = AT + timedelta(hours=1)
    assert match_tokens([at_hub("a1", made)], [former]) == {}
    assert match_tokens([at_hub("a1", made)], [former, newer]) == {"a1": newer}
    assert match_tokens([at_hub("a1", None), at_hub("a2", AT)], [newer, former]) == {"a1": newer}
