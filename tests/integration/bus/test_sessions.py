"""Agent sessions end in Redis when they are over, and no others do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from hubshare_workers.maintenance.sessions import close_all, close_expired
from sqlalchemy import func, select

from hubshare.bus.bus import Bus
from hubshare.bus.keys import acl_user
from hubshare.centre import Centre
from hubshare.errors import TooMany
from hubshare.operations.caller import Caller, Person
from hubshare.operations.sessions import open_session
from hubshare.store.access.actions import Action
from hubshare.store.models import AgentSession, now
from hubshare.testing.world import World
from hubshare.wire.api.agents import NewSession
from tests.helpers.agent_credentials import Door, open_door


@pytest.fixture
def small(tmp_path: Path, bus: Bus) -> Iterator[Centre]:
    world = World(tmp_path)
    yield replace(world.centre, bus=bus)
    world.close()


def enter(centre: Centre, door: Door, lasts: timedelta) -> None:
    """Have the database know of a session that ends so long from now."""
    with centre.database.begin() as session:
        session.add(AgentSession(id=door.session, user=door.user, server="", expires=now() + lasts))


def is_open(door: Door) -> bool:
    try:
        return bool(door.client.ping())
    except redis.exceptions.RedisError:
        return False


def known(centre: Centre) -> set[str]:
    """The sessions that are left in the database."""
    with centre.database.read() as session:
        return {row.id for row in session.query(AgentSession)}


@pytest.mark.parametrize("lasts", [timedelta(seconds=-1), timedelta(days=90), None])
def test_a_session_that_is_over_or_that_nobody_knows_opens_no_door_any_more(
    small: Centre, bus: Bus, redis_url: str, lasts: timedelta | None
) -> None:
    """Expired; given by a clock that was ahead; or left in Redis by a database that went back."""
    with closing(open_door(bus, redis_url, "alice")) as alice, closing(open_door(bus, redis_url, "bob")) as bob:
        hers, his = next(alice), next(bob)
        enter(small, his, timedelta(seconds=60))
        if lasts is not None:
            enter(small, hers, lasts)
        assert is_open(hers) and is_open(his)
        close_expired(small)
        assert not is_open(hers) and is_open(his)
        assert known(small) == {his.session}


def test_an_agent_that_begins_anew_leaves_no_door_open_behind_it(small: Centre, bus: Bus, redis_url: str) -> None:
    """What a server that was started again, or its token, has had before is good for nothing."""
    caller = Caller(Action.SYNC, Person("alice"))
    first = open_session(caller, small, wanted=NewSession(server="gpu"))
    elsewhere = open_session(caller, small, wanted=NewSession(server=""))
    again = open_session(caller, small, wanted=NewSession(server="gpu"))
    assert bus.sessions() == {elsewhere.username, again.username} and first.username not in bus.sessions()
    assert {acl_user("alice", name) for name in known(small)} == bus.sessions()


def test_a_user_has_so_many_sessions_and_the_newest_stay(small: Centre, bus: Bus) -> None:
    caller = Caller(Action.SYNC, Person("alice"))
    opened = [open_session(caller, small, wanted=NewSession(server=f"s{number}")).username for number in range(60)]
    other = open_session(Caller(Action.SYNC, Person("bob")), small, wanted=NewSession(server="s")).username
    assert bus.sessions() == {*opened[-50:], other}
    with small.database.read() as session:
        assert session.scalar(select(func.count()).where(AgentSession.user == "alice")) == 50


def test_whoever_floods_is_out_at_once_and_nobody_else(small: Centre, bus: Bus, redis_url: str) -> None:
    with closing(open_door(bus, redis_url, "alice")) as alice, closing(open_door(bus, redis_url, "bob")) as bob:
        hers, his = next(alice), next(bob)
        for door in (hers, his):
            enter(small, door, timedelta(seconds=60))
        close_all(small, "alice")
        assert not is_open(hers) and is_open(his)
        assert known(small) == {his.session}


def test_whoever_floods_again_is_listened_to_later_each_time(small: Centre, bus: Bus) -> None:
    alice, bob = (Caller(Action.SYNC, Person(name)) for name in ("alice", "bob"))
    pauses = []
    for _ in range(9):
        close_all(small, "alice")
        with pytest.raises(TooMany) as caught:
            open_session(alice, small, wanted=NewSession(server=""))
        pauses.append(caught.value.retry_after)
        open_session(bob, small, wanted=NewSession(server=""))
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 600, 600]
    assert bus.sessions() == {name for name in bus.sessions() if "-bob-" in name}
