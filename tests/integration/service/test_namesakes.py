"""A user is deleted at the Hub and another one gets the name: nothing of the former one becomes theirs, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy import select

from hubshare.bus.keys import outbox
from hubshare.client import Client
from hubshare.errors import NotFound
from hubshare.operations import users
from hubshare.store import namesakes
from hubshare.store.models import AgentSession, Project, Team, now
from hubshare.store.namesakes import HubUser
from hubshare.testing.centre import TestCentre
from hubshare.wire.agent import new_id
from tests.helpers.page_visitors import Browser

#: Every test over SQLite and over PostgreSQL.
pytestmark = pytest.mark.both_databases


@pytest.fixture
def anew(centre: TestCentre) -> Iterator[Callable[..., None]]:
    """Has the Hub know a user since so many days ago; the one before was deleted."""

    def know(user: str, days: float) -> None:
        centre.tokens.born[user] = now() - timedelta(days=days)

    yield know
    centre.tokens.born.clear()


def agents(centre: TestCentre, name: str) -> list[str]:
    """The users of Redis that a user's agents have."""
    return [user for user in centre.centre.bus.sessions() if name in user]


def listed(client: Client) -> set[str]:
    """What is in a user's list, but for what everybody on the Hub may read."""
    return {project.name for project in client.projects() if project.visibility == "private"}


def former(centre: TestCentre, name: str) -> tuple[str, str, str]:
    """What a user has: an own project, one that another one let the user write to, and a team."""
    with Client(centre.url, name) as mine, Client(centre.url, "ulla") as other:
        own = mine.create_project(f"diary-{new_id()[:8]}").name
        team = mine.create_team(f"team-{new_id()[:8]}").name
        lent = other.create_project(f"lent-{new_id()[:8]}", grants={name: "writer"}).name
        assert mine.project(lent).role == "writer"
    return own, lent, team


def test_nothing_of_a_former_user_is_the_newcomers(centre: TestCentre, anew: Callable[..., None]) -> None:
    name = f"sam-{new_id()[:8]}"
    anew(name, days=100)
    own, lent, team = former(centre, name)
    browser = Browser(centre)
    browser.sign_in(name)
    opened = httpx.post(
        f"{centre.url}api/v1/agent/session", headers={"Authorization": f"token {name}"}, json={"server": ""}, timeout=30
    )
    assert opened.status_code == 201 and agents(centre, name)
    centre.centre.bus.redis.xadd(outbox(name), {"event": b"{}"})
    anew(name, days=-0.0001)
    with Client(centre.url, name) as newcomer, Client(centre.url, "ulla") as ulla:
        assert listed(newcomer) == set() and list(newcomer.teams()) == []
        for hidden in (own, lent):
            with pytest.raises(NotFound):
                newcomer.project(hidden)
        with pytest.raises(NotFound):
            newcomer.team(team)
        # The newcomer goes on like anybody, also under the same address.
        assert newcomer.create_project(own.partition("/")[2]).name == own
        assert not any(name in one.subject.split(":") for one in ulla.grants(lent))
    assert not agents(centre, name)
    assert centre.centre.bus.redis.xlen(outbox(name)) == 0
    assert own not in browser.get("").text
    with centre.centre.database.read() as found:
        assert not found.scalars(select(AgentSession).where(AgentSession.user == name)).all()
        aside = namesakes.parted(found)[name]
        kept = found.scalars(select(Project.name).where(Project.owner == aside)).all()
        assert kept == [own.partition("/")[2]]
        assert found.scalars(select(Team.name).where(Team.creator == aside)).all() == [team]


def test_an_invitation_ends_with_the_person_who_made_it(
    centre: TestCentre, anew: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the newcomer of that name has come to HubShare, is only at the Hub, or there is none."""
    invitations = dict[str, tuple[str, str]]()
    for how in ("has come", "is at the Hub", "is gone", "is still there", "is the same at a new Hub"):
        name = f"sam-{new_id()[:8]}"
        anew(name, days=100)
        with Client(centre.url, name) as former, Client(centre.url, "ulla") as ulla:
            lent = ulla.create_project(f"lent-{new_id()[:8]}", grants={name: "admin"}).name
            invitations[how] = name, str(former.invite(lent).secret)
            assert len(list(ulla.invitations(lent))) == 1
            if how == "has come":
                anew(name, days=-0.0001)
                assert listed(former) == set()
                assert list(ulla.invitations(lent)) == []

    async def born(user: str) -> datetime | None:
        anew_at_hub = {invitations[how][0] for how in ("is at the Hub", "is the same at a new Hub")}
        return now() + timedelta(seconds=1) if user in anew_at_hub else None

    with centre.centre.database.begin() as session:
        session.get_one(HubUser, invitations["is the same at a new Hub"][0]).born = datetime(1970, 1, 1)

    monkeypatch.setattr(centre.hub, "born", born)
    monkeypatch.setattr(centre.hub, "strangers", {invitations["is gone"][0]})
    browser = Browser(centre, "guest")
    with Client(centre.url, "guest") as guest:
        for how, (_, secret) in invitations.items():
            if how in ("is still there", "is the same at a new Hub"):
                assert guest.accept_invitation(secret).role == "reader"
                # Whoever has followed it before goes on.
                centre.hub.strangers.add(invitations[how][0])
                assert guest.accept_invitation(secret).role == "reader"
                continue
            with pytest.raises(NotFound, match="not valid any more"):
                guest.accept_invitation(secret)
            assert browser.get(f"invite/{secret}").status_code == 404, how


def test_what_waited_for_a_yes_of_a_former_user_or_was_theirs_to_give_has_ended(
    centre: TestCentre, anew: Callable[..., None]
) -> None:
    name = f"sam-{new_id()[:8]}"
    anew(name, days=100)
    with Client(centre.url, name) as sam, Client(centre.url, "ulla") as ulla, Client(centre.url, "guest") as guest:
        own, lent, team = former(centre, name)
        before = [offer.id for offer in guest.offers()]
        sam.grant(own, "guest", "admin")
        sam.put_member(team, "guest", "member")
        sam.transfer_project(own, "guest")
        sam.ask_for_server(lent)
        guest.ask_for_server(own)
        ullas = ulla.create_team(f"team-{new_id()[:8]}").name
        ulla.put_member(ullas, name, "member")
        assert [offer.name for offer in sam.offers()] == [ullas]
        theirs = [offer.id for offer in guest.offers() if offer.id not in before]
        assert len(theirs) == 2
        assert [one.asker for one in sam.server_requests()] == ["guest", name]
        assert name in [one.asker for one in ulla.server_requests()]
        anew(name, days=-0.0001)
        assert list(sam.offers()) == [] and list(sam.server_requests()) == []
        assert not [offer for offer in guest.offers() if offer.id in theirs]
        for offer in theirs:
            with pytest.raises(NotFound):
                guest.accept_offer(offer)
        assert not [one.asker for one in ulla.server_requests() if one.asker.startswith(name)]
        # Nor does a role that the newcomer is given make it theirs.
        ulla.grant(lent, name, "reader")
        assert list(sam.server_requests()) == []
        assert not [one.asker for one in ulla.server_requests() if one.asker.startswith(name)]
        ulla.revoke(lent, name)
        # The same person after all: all of it is there again.
        with centre.centre.database.read() as session:
            aside = namesakes.parted(session)[name]
        centre.tokens.born.pop(name)
        users.rename_user(centre.centre, old=aside, new=name)
        assert {offer.id for offer in guest.offers()} >= {*theirs}


def test_what_was_given_to_the_newcomer_stays(centre: TestCentre, anew: Callable[..., None]) -> None:
    name = f"sam-{new_id()[:8]}"
    anew(name, days=100)
    _, lent, _ = former(centre, name)
    anew(name, days=-0.0001)
    with centre.centre.database.begin() as session:
        # A grant of before the newcomer came stays with the former one, one of since then is the newcomer's.
        assert session.scalar(select(HubUser.born).where(HubUser.name == name)) is not None
    centre.tokens.born[name] = now()
    with Client(centre.url, "ulla") as ulla:
        later = ulla.create_project(f"new-{new_id()[:8]}", grants={name: "reader"}).name
    with Client(centre.url, name) as newcomer:
        assert newcomer.project(later).role == "reader"
        with pytest.raises(NotFound):
            newcomer.project(lent)


def test_it_can_be_given_back_when_it_was_the_same_person(centre: TestCentre, anew: Callable[..., None]) -> None:
    name = f"sam-{new_id()[:8]}"
    anew(name, days=100)
    own, lent, team = former(centre, name)
    anew(name, days=0)
    with Client(centre.url, name) as mine:
        assert listed(mine) == set()
        with centre.centre.database.read() as session:
            aside = namesakes.parted(session)[name]
        users.rename_user(centre.centre, old=aside, new=name)
        assert mine.project(own).role == "owner" and mine.project(lent).role == "writer"
        assert [one.name for one in mine.teams()] == [team]


def test_a_hub_whose_database_was_made_anew_has_the_same_people(centre: TestCentre, anew: Callable[..., None]) -> None:
    early, late, busy = (f"{name}-{new_id()[:8]}" for name in ("early", "late", "busy"))
    own = {}
    for name in (early, late, busy):
        anew(name, days=100)
        own[name], _, _ = former(centre, name)
    for name in (late, busy):
        anew(name, days=-0.0001)
        with Client(centre.url, name) as newcomer:
            assert listed(newcomer) == set()
    with Client(centre.url, busy) as newcomer:
        newcomer.create_project("new")

    known, given, waits = users.keep_users(centre.centre)

    assert known >= 3 and late in dict(given) and early not in dict(given)
    assert [name for name in waits if name.startswith(busy)]
    for name in (early, late):
        anew(name, days=-0.0002)
        with Client(centre.url, name) as mine:
            assert own[name] in listed(mine)
    # Once: who comes by the name after that is somebody else again.
    anew(early, days=-0.0003)
    with Client(centre.url, early) as newcomer:
        assert listed(newcomer) == set()


def test_whoever_stays_the_same_keeps_everything(centre: TestCentre, anew: Callable[..., None]) -> None:
    """Also on an installation that did not write down before who has which name, and when a user had yet to come."""
    name, coming = f"sam-{new_id()[:8]}", f"kim-{new_id()[:8]}"
    own, lent, team = former(centre, name)
    with Client(centre.url, "ulla") as ulla:
        given = ulla.create_project(f"new-{new_id()[:8]}", grants={coming: "reader"}, check=False).name
    anew(name, days=100)
    anew(coming, days=-0.0001)
    with Client(centre.url, name) as mine, Client(centre.url, coming) as other:
        for _ in range(2):
            assert mine.project(own).role == "owner" and mine.project(lent).role == "writer"
            assert [one.name for one in mine.teams()] == [team]
            assert other.project(given).role == "reader"


def test_what_is_older_than_its_user_is_a_former_ones_on_an_older_installation(
    centre: TestCentre, anew: Callable[..., None]
) -> None:
    name = f"sam-{new_id()[:8]}"
    own, lent, _ = former(centre, name)
    anew(name, days=-0.0001)
    with Client(centre.url, name) as newcomer:
        with pytest.raises(NotFound):
            newcomer.project(own)
        with pytest.raises(NotFound):
            newcomer.project(lent)


def test_a_user_renamed_at_the_hub_is_the_same_and_a_newcomer_gets_nothing(
    centre: TestCentre, anew: Callable[..., None]
) -> None:
    old, new = f"sam-{new_id()[:8]}", f"samuel-{new_id()[:8]}"
    anew(old, days=100)
    own, _, _ = former(centre, old)
    users.rename_user(centre.centre, old=old, new=new)
    centre.tokens.born[new] = centre.tokens.born.pop(old)
    anew(old, days=-0.0001)
    with Client(centre.url, new) as mine, Client(centre.url, old) as newcomer:
        assert mine.project(f"{new}/{own.partition('/')[2]}").role == "owner"
        with pytest.raises(NotFound):
            newcomer.project(own)
