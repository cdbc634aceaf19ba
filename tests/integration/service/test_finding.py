"""Finding projects by whose they are and by words, and people whom one may know of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

import pytest

from hubshare.client import Client
from hubshare.testing.centre import TestCentre
from hubshare.wire.agent import new_id

pytestmark = pytest.mark.both_databases


class Crowd:
    """People whose names are of this test alone."""

    def __init__(self, centre: TestCentre, stack: ExitStack) -> None:
        self.mark = new_id()[:8]
        self._centre, self._stack = centre, stack

    def named(self, name: str) -> str:
        """The name of somebody."""
        return f"{name}-{self.mark}"

    def __getitem__(self, name: str) -> Client:
        """Somebody."""
        return self._stack.enter_context(Client(self._centre.url, self.named(name)))

    def join(self, team: str, name: str) -> None:
        """Somebody says yes to a team."""
        client = self[name]
        client.accept_offer(next(one.id for one in client.offers() if one.name == team))

    def found(self, who: str, query: str = "") -> list[str]:
        """Whom somebody finds."""
        return [name.removesuffix(f"-{self.mark}") for name in self[who].people(query).users]


@pytest.fixture
def crowd(centre: TestCentre) -> Iterator[Crowd]:
    with ExitStack() as stack:
        yield Crowd(centre, stack)


def test_who_is_in_a_team_of_mine_or_shares_with_me_is_found_and_nobody_else(crowd: Crowd, centre: TestCentre) -> None:
    alice, team = crowd["alice"], crowd.named("team")
    alice.create_team(team)
    for name in ("bob", "berta"):
        alice.put_member(team, crowd.named(name))
    crowd.join(team, "bob")
    # Berta has not said yes.
    assert crowd.found("alice") == ["bob"]
    assert crowd.found("bob") == ["alice"]
    assert crowd.found("berta") == []

    shared = crowd["olga"].create_project(
        "shared", grants={crowd.named("alice"): "reader", crowd.named("rita"): "reader"}
    )
    # As reader she does not see who else has access; the owner is in its address.
    assert crowd.found("alice") == ["bob", "olga"]
    assert crowd.found("rita") == ["olga"]
    crowd["olga"].grant(shared.name, crowd.named("alice"), "writer")
    assert crowd.found("alice") == ["bob", "olga", "rita"]

    # Whose role comes through a team is known to those who are in it.
    crowd["olga"].create_team(other := crowd.named("other"))
    crowd["olga"].put_member(other, crowd.named("sven"))
    crowd.join(other, "sven")
    crowd["olga"].grant(shared.name, f"team:{other}", "writer")
    assert crowd.found("alice") == ["bob", "olga", "rita"]
    assert "alice" in crowd.found("sven")

    crowd["olga"].revoke(shared.name, crowd.named("alice"))
    assert crowd.found("alice") == ["bob"]
    crowd["olga"].delete_project(shared.name)
    assert crowd.found("rita") == []


def test_a_name_is_found_by_any_part_of_it_what_begins_so_first(crowd: Crowd) -> None:
    everybody = {crowd.named(name): "reader" for name in ("Annika", "hanna", "an_na", "bert")}
    crowd["alice"].create_project("many", grants=dict.fromkeys(everybody, "reader"))
    assert crowd.found("alice", "ann") == ["Annika", "hanna"]
    # What is a sign of SQL's stands for itself.
    assert crowd.found("alice", "n_n") == ["an_na"]
    assert crowd.found("alice", "%") == []


def test_my_teams_and_groups_are_found_too(crowd: Crowd) -> None:
    for name in ("physics", "optics"):
        crowd["alice"].create_team(crowd.named(name))
    crowd["bob"].create_team(crowd.named("physicians"))
    assert crowd["alice"].people("phys").teams == [crowd.named("physics")]
    assert crowd["alice"].people("ics").teams == [crowd.named("optics"), crowd.named("physics")]


def test_projects_are_found_by_whose_they_are_and_by_words(crowd: Crowd) -> None:
    alice, bob, team = crowd["alice"], crowd["bob"], crowd.named("team")
    bob.create_team(team)
    bob.put_member(team, crowd.named("alice"))
    crowd.join(team, "alice")
    alice.create_project("mine", description="Optics of lenses")
    bob.create_project("theirs", grants={crowd.named("alice"): "reader"})
    bob.create_project("hidden")
    bob.create_project("open", "hub")
    bob.create_project("ours", owner=team)
    bob.create_project("also-ours", grants={f"team:{team}": "reader"})

    def names(**wanted: str) -> set[str]:
        ask = partial(alice.find_projects, limit=1, **wanted)  # type: ignore[arg-type]
        found, page = set[str](), ask()
        while True:
            found |= {one.name for one in page.items if crowd.mark in one.name}
            if page.next is None:
                return {name.partition("/")[2] for name in found}
            page = ask(after=page.next)

    assert names(whose="mine") == {"mine"}
    assert names(whose="teams") == {"ours"}
    assert names(whose="shared") == {"theirs", "also-ours"}
    assert names(query=crowd.mark) == {"mine", "ours", "theirs", "also-ours", "open"}
    assert names(query=f"OPTICS {crowd.mark}") == {"mine"}
    assert names(query=f"the {crowd.mark}", whose="shared") == {"theirs"}
    assert names(query=f"hidden {crowd.mark}") == set()
