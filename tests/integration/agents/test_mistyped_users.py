"""A name that nobody at the Hub has, typed on the command line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hubshare.testing.centre import TestCentre
from hubshare.wire.agent import new_id
from tests.helpers.centre_fixture import Home
from tests.helpers.command_line import gives, says


@pytest.fixture(autouse=True)
def mistyped(centre: TestCentre) -> Iterator[str]:
    centre.hub.strangers.add("bbo")
    yield "bbo"
    centre.hub.strangers.clear()


def test_a_grant_to_a_mistyped_name_is_noticed_and_can_be_meant(alice: Home) -> None:
    made, _ = alice.share(f"typed-{new_id()[:8]}", {"a.txt": "one"})
    project = f"alice/{made.name}"
    said = alice.fault("grant", project, "bbo", "reader")
    assert "The Hub knows no user 'bbo': check the spelling" in said and "`--yes`" in said
    assert "bbo" not in says(alice, "who", project)
    assert says(alice, "grant", project, "bbo", "reader", "--yes") == f"bbo is reader of {project}.\n"
    assert says(alice, "grant", project, "bbo", "writer") == f"bbo is writer of {project}.\n", "it is known by now"


def test_sharing_with_a_mistyped_name_makes_nothing(alice: Home) -> None:
    name = f"typed-{new_id()[:8]}"
    made = alice.folder(name, {"a.txt": "one"})
    said = alice.fault("share", str(made), "--with", "bob:reader", "--with", "bbo:writer")
    assert "knows no user 'bbo'" in said
    assert f"alice/{name}" not in says(alice, "list")
    assert "bbo is writer" in says(alice, "share", str(made), "--with", "bbo:writer", "--yes")


def test_a_mistyped_name_gets_into_a_team_only_when_it_is_meant(alice: Home, team: str) -> None:
    assert "knows no user 'bbo'" in alice.fault("team", "add", team, "bbo")
    assert "bbo" not in says(alice, "team", "show", team)
    assert says(alice, "team", "add", team, "bbo", "--yes").startswith(f"bbo is asked to be member of team {team}")


def test_a_program_is_told_by_the_code(alice: Home) -> None:
    made, _ = alice.share(f"typed-{new_id()[:8]}", {"a.txt": "one"})
    done = alice.run("grant", f"alice/{made.name}", "bbo:reader", "--json")
    assert done.returncode == 1 and '"code": "unknown-user"' in done.stdout
    assert gives(alice, "grant", f"alice/{made.name}", "bbo:reader", "--yes")["who"] == "bbo"
