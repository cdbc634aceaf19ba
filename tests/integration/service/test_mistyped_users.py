"""A name that nobody at the Hub has, given to the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from hubshare.client import Client
from hubshare.errors import UnknownUser
from hubshare.testing.centre import TestCentre
from hubshare.wire.agent import new_id


@pytest.fixture
def alice(centre: TestCentre) -> Iterator[Client]:
    centre.hub.strangers.add("bbo")
    with Client(centre.url, "alice") as client:
        yield client
    centre.hub.strangers.clear()


@pytest.fixture
def project(alice: Client) -> str:
    return alice.create_project(f"names-{new_id()[:8]}").name


@pytest.fixture
def team(alice: Client) -> str:
    return alice.create_team(f"team-{new_id()[:8]}").name


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(UnknownUser) as told:
        call()
    assert (told.value.code, told.value.status) == ("unknown-user", 422)
    return told.value.message


def test_a_mistyped_name_is_refused_by_every_door_that_asks_for_it(alice: Client, project: str, team: str) -> None:
    name = f"made-{new_id()[:8]}"
    for say in (
        lambda: alice.grant(project, "bbo", "reader", check=True),
        lambda: alice.grant(project, "user:bbo", "reader", check=True),
        lambda: alice.put_member(team, "bbo", check=True),
        lambda: alice.create_project(name, grants={f"team:{team}": "reader", "bbo": "reader"}, check=True),
    ):
        assert "no user 'bbo': check the spelling" in refused(say)
    assert [one.subject for one in alice.grants(project)] == []
    assert [one.user for one in alice.team(team).members] == ["alice"]
    assert name not in [one.name.partition("/")[2] for one in alice.projects()]


def test_who_does_not_ask_for_the_check_may_name_anybody_as_ever(
    alice: Client, project: str, team: str, centre: TestCentre
) -> None:
    alice.grant(project, "bbo", "reader")
    alice.put_member(team, "bbo")
    with Client(centre.url, "bbo") as bbo:
        bbo.accept_offer(next(one.id for one in bbo.offers() if one.name == team))
    alice.create_project(f"made-{new_id()[:8]}", grants={"bbo": "reader"})
    # Whom the project and the team know already needs the Hub's word no more.
    alice.grant(project, "bbo", "writer", check=True)
    alice.put_member(team, "bbo", "maintainer", check=True)
    assert [(one.subject, one.role) for one in alice.grants(project)] == [("bbo", "writer")]


def test_who_may_not_give_roles_learns_nothing_of_names(alice: Client, project: str, centre: TestCentre) -> None:
    with Client(centre.url, "bob") as bob, pytest.raises(Exception, match="no project") as told:
        bob.grant(project, "bbo", "reader", check=True)
    assert not isinstance(told.value, UnknownUser)


def test_what_somebody_left_behind_is_not_given_to_a_mistyped_name(
    alice: Client, project: str, centre: TestCentre
) -> None:
    with Client(centre.url, "root+hubadmin") as root:
        assert "'bbo'" in refused(lambda: root.transfer_project(project, "bbo", check=True))
        assert alice.project(project).role == "owner"
        assert root.transfer_project(project, "bob", check=True).name == f"bob/{project.partition('/')[2]}"
