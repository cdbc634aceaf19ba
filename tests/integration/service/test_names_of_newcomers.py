"""A name belongs to the user who has it at the Hub, whoever used it before; and addresses that were given up make room."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hubshare_workers.maintenance.housekeeping import forget_rows
from sqlalchemy import update

from hubshare.client import Client
from hubshare.errors import BadName, Clash, NotFound
from hubshare.names import RESERVED, slug
from hubshare.service.app import make_app
from hubshare.service.web.authorize import declarations
from hubshare.store.models import FormerName, now
from hubshare.testing.centre import PREFIX, TestCentre
from hubshare.wire.agent import new_id


@pytest.fixture
def mark() -> str:
    return new_id()[:8]


@pytest.fixture
def squatter(centre: TestCentre) -> Iterator[Client]:
    with Client(centre.url, "squatter") as client:
        yield client


def test_a_team_that_took_the_name_of_a_user_to_come_makes_room(
    centre: TestCentre, squatter: Client, mark: str
) -> None:
    name = f"newcomer-{mark}"
    squatter.create_team(name)
    squatter.create_project("course", owner=name, visibility="hub")
    with Client(centre.url, name) as newcomer, Client(centre.url, "visitor") as visitor:
        assert visitor.project(f"{name}/course").name == f"{name}/course"
        # The user comes, and does nothing but look around.
        assert list(newcomer.teams()) == []
        with pytest.raises(NotFound):
            visitor.project(f"{name}/course")
        assert visitor.project(f"{name}-team/course").role == "reader", (
            "the team goes on, by a name that says what it is"
        )
        assert [one.name for one in squatter.teams() if name in one.name] == [f"{name}-team"]
        assert next(iter(squatter.team_audit(f"{name}-team"))).action == "hub.claim-name"
        assert newcomer.create_project("course", visibility="hub").name == f"{name}/course"
        assert visitor.project(f"{name}/course").role == "reader"
    centre.hub.users = {name}
    with pytest.raises(Clash, match="cannot be called"):
        squatter.create_team(name)
    centre.hub.users = set()


def test_former_addresses_of_a_team_lead_nobody_on_once_a_user_has_the_name(
    centre: TestCentre, squatter: Client, mark: str
) -> None:
    name = f"later-{mark}"
    squatter.create_team(name)
    squatter.create_project("data", owner=name, visibility="hub")
    squatter.change_team(name, name=f"moved-{mark}")
    with Client(centre.url, "visitor") as visitor:
        assert visitor.project(f"{name}/data").name == f"moved-{mark}/data", (
            "links go on as long as nobody has the name"
        )
        with Client(centre.url, name) as newcomer:
            assert list(newcomer.projects(own=True)) == []
        with pytest.raises(NotFound):
            visitor.project(f"{name}/data")
        assert visitor.project(f"moved-{mark}/data").role == "reader"


def test_a_former_address_makes_room_for_a_new_project(squatter: Client, mark: str) -> None:
    first = squatter.create_project(f"one-{mark}")
    squatter.rename_project(first.name, f"two-{mark}")
    assert squatter.project(f"squatter/one-{mark}").id == first.id
    second = squatter.create_project(f"one-{mark}")
    assert squatter.project(f"squatter/one-{mark}").id == second.id != first.id
    assert squatter.project(f"squatter/two-{mark}").id == first.id
    third = squatter.create_project(f"three-{mark}")
    squatter.rename_project(f"squatter/two-{mark}", f"four-{mark}")
    assert squatter.rename_project(third.name, f"two-{mark}").id == third.id
    assert squatter.project(f"squatter/two-{mark}").id == third.id


def test_a_former_address_ends_after_a_while(centre: TestCentre, squatter: Client, mark: str) -> None:
    made = squatter.create_project(f"old-{mark}")
    squatter.rename_project(made.name, f"new-{mark}")
    days = centre.settings.former_address_days
    for age, there in ((days - 1, True), (days + 1, False)):
        with centre.centre.database.begin() as session:
            wanted = update(FormerName).where(FormerName.project_id == made.id)
            session.execute(wanted.values(created=now() - timedelta(days=age)))
        assert forget_rows(centre.centre, now()) == []
        if there:
            assert squatter.project(f"squatter/old-{mark}").id == made.id
    with pytest.raises(NotFound):
        squatter.project(f"squatter/old-{mark}")


def test_the_words_of_our_own_addresses_are_nobodys(centre: TestCentre) -> None:
    app = make_app(centre.centre, centre.tokens, centre.hub, centre.login, PREFIX)
    first = {route.path.removeprefix(PREFIX).partition("/")[0] for route in declarations(app)}
    assert {word for word in first if word and "{" not in word} <= RESERVED
    below = {route.path.removeprefix(f"{PREFIX}api/v1/").partition("/")[0] for route in declarations(app)}
    assert {"api", "git", "static", "hubshare"} <= RESERVED and {"projects", "teams"} <= below


@pytest.mark.parametrize("word", ["api", "git", "static", "hubshare", "projects"])
def test_a_word_of_our_own_addresses_names_no_new_project_and_no_new_team(
    squatter: Client, word: str, mark: str
) -> None:
    made = squatter.create_project(f"fine-{word}-{mark}")
    team = squatter.create_team(f"fine-{word}-{mark}")
    for act in (
        lambda: squatter.create_project(word),
        lambda: squatter.create_team(word),
        lambda: squatter.rename_project(made.name, word),
        lambda: squatter.change_team(team.name, name=word),
    ):
        with pytest.raises(BadName, match="own addresses"):
            act()
    assert slug(word) == f"{word}-project"
