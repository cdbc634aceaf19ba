"""Teams from the command line, as people use them."""

from __future__ import annotations

import re

import pytest

from hubshare.testing.centre import TestCentre, wait_until
from tests.helpers.centre_fixture import Home, content, published, write
from tests.helpers.command_line import gives, in_sync, joins, says, typing


def test_a_team_shares_a_course_and_everybody_in_it_follows(
    alice: Home, bob: Home, clara: Home, team: str, centre: TestCentre
) -> None:
    asked = f"bob is asked to be member of team {team}: `hubshare offers` says so there.\n"
    assert says(alice, "team", "add", team, "bob") == asked
    assert "clara is asked to be maintainer" in says(alice, "team", "add", team, "clara", "--maintainer")
    assert "bob    member, asked and not answered yet" in says(alice, "team", "show", team)
    assert team not in says(bob, "team", "list") and "not in it" in bob.fault("team", "show", team)
    assert f"team {team}, as member" in says(bob, "offers")
    [offer] = [one["id"] for one in gives(bob, "offers")["offers"] if one["name"] == team]
    assert says(bob, "accept", offer) == f"You are member of team {team} now.\n"
    assert "no such invitation" in bob.fault("accept", offer) and "no such invitation" in clara.fault("decline", offer)
    joins(alice, "clara", team)
    made = alice.folder(f"{team}-course", {"a.txt": "one"})
    assert f"Shared ~/{made.name} as {team}/course" in says(alice, "share", str(made), "--as", f"{team}/course")
    here = bob.checkout(f"{team}/course", f"{team}-course", auto=True)
    in_sync(bob, here, {"a.txt": b"one"})
    write(here, {"b.txt": "of a member"})
    wait_until(lambda: "b.txt" in published(centre, f"{team}/course"), "a member is writer")
    shown = says(alice, "team", "show", team)
    assert "you are maintainer" in shown and f"  {team}/course" in shown and "  bob    member" in shown
    assert re.search(rf"^{team} +member +3 people +1 project$", says(bob, "team", "list"), re.MULTILINE)
    assert gives(clara, "team", "show", team)["mine"] == "maintainer"
    assert gives(bob, "list")["projects"][-1]["role"] in ("writer", "owner", "reader")


def test_adding_a_maintainer_once_more_takes_nothing_away(alice: Home, team: str) -> None:
    says(alice, "team", "add", team, "dave", "--maintainer")
    joins(alice, "dave", team)
    assert "dave is maintainer" in says(alice, "team", "add", team, "dave", "erin")
    assert "dave is member" in says(alice, "team", "maintainer", team, "dave", "--off")
    assert "dave is maintainer" in says(alice, "team", "maintainer", team, "dave")
    assert f"`hubshare team add {team} zoe` first" in alice.fault("team", "maintainer", team, "zoe")


def test_members_that_only_read_cannot_push_and_cannot_create(alice: Home, bob: Home, team: str) -> None:
    assert "members are readers" in says(alice, "team", "members", team, "reader")
    says(alice, "team", "add", team, "bob")
    joins(alice, "bob", team)
    made = alice.folder(f"{team}-read", {"a.txt": "one"})
    says(alice, "share", str(made), "--as", f"{team}/read")
    here = bob.checkout(f"{team}/read", f"{team}-read")
    write(here, {"a.txt": "mine"})
    assert f"You are reader of {team}/read" in bob.fault("push", str(here))
    other = bob.folder(f"{team}-own", {"a.txt": "mine"})
    assert "only read its projects" in bob.fault("share", str(other), "--as", f"{team}/own")


def test_who_is_taken_out_of_a_team_keeps_the_files_and_goes_on_when_let_in_again(
    alice: Home, bob: Home, team: str, centre: TestCentre
) -> None:
    says(alice, "team", "add", team, "bob")
    joins(alice, "bob", team)
    made = alice.folder(f"{team}-left", {"a.txt": "one"})
    says(alice, "share", str(made), "--as", f"{team}/left", "--auto")
    here = bob.checkout(f"{team}/left", f"{team}-left", auto=True)
    said = says(alice, "team", "remove", team, "bob")
    assert f"bob was removed from team {team}." in said
    assert f"{team}/left: bob was writer and no longer has access." in said
    assert f"checkout in default server: ~/{here.name}, version 1" in said and "Syncing has stopped" in said

    wait_until(lambda: bob.ask("status", folder=str(here))["lost"], "bob's agent has heard")
    write(here, {"bob.txt": "written while out"})
    write(made, {"a.txt": "two"})
    wait_until(lambda: published(centre, f"{team}/left")["a.txt"] == b"two", "alice goes on")
    assert content(here) == {"a.txt": b"one", "bob.txt": b"written while out"}
    status = says(bob, "status", str(here))
    assert "no access" in status.splitlines()[0] and f"You no longer have access to {team}/left." in status
    assert f"no longer have access to {team}/left" in bob.fault("push", str(here)) and "(no access)" in says(
        bob, "list"
    )
    assert "bob.txt" not in published(centre, f"{team}/left")
    # The agent starts anew meanwhile, and still knows.
    bob.stop()
    bob.start()
    assert "no access" in says(bob, "status", str(here))

    says(alice, "team", "add", team, "bob")
    joins(alice, "bob", team)
    both = {"a.txt": b"two", "bob.txt": b"written while out"}
    in_sync(bob, here, both)
    wait_until(lambda: published(centre, f"{team}/left") == both, "what bob wrote meanwhile goes out")
    in_sync(alice, made, both)


def test_leaving_a_team_and_the_last_maintainer(alice: Home, bob: Home, team: str) -> None:
    says(alice, "team", "add", team, "bob")
    joins(alice, "bob", team)
    assert f"You have left team {team}.\nbob has lost no access by it.\n" == says(bob, "team", "leave", team)
    assert "you are not in it" in bob.fault("team", "leave", team)
    assert "only maintainer" in alice.fault("team", "leave", team)
    assert "only maintainer" in alice.fault("team", "maintainer", team, "alice", "--off")


def test_a_team_gets_another_name_and_checkouts_follow(alice: Home, bob: Home, team: str) -> None:
    says(alice, "team", "add", team, "bob")
    joins(alice, "bob", team)
    made = alice.folder(f"{team}-named", {"a.txt": "one"})
    says(alice, "share", str(made), "--as", f"{team}/named")
    here = bob.checkout(f"{team}/named", f"{team}-named", auto=True)
    assert f"  {team}-2/named" in says(alice, "team", "rename", team, f"{team}-2")
    assert says(bob, "status", str(here)).startswith(f"{team}-2/named version 1")
    write(made, {"a.txt": "two"})
    says(alice, "push", str(made))
    in_sync(bob, here, {"a.txt": b"two"})
    assert f"owns {team}-2/named" in alice.fault("team", "delete", f"{team}-2", "--yes")


def test_a_team_is_deleted_only_when_its_name_is_typed(alice: Home, team: str) -> None:
    for typed in ("", "\n\n", "yes\n", f"{team}x\n"):
        done = typing(alice, typed, "team", "delete", team)
        assert done.returncode == 1 and f"{team} was not deleted" in done.stderr
    assert typing(alice, f"{team}\n", "team", "delete", team).stdout == f"Team {team} was deleted.\n"
    assert "There is no team" in alice.fault("team", "show", team)


@pytest.mark.parametrize("name", ["..", ".", "a/b", "", "UPPER", "x" * 101, "a b", "-x", "team:x", "<b>", "\n", "é"])
def test_a_team_cannot_be_named_so_and_none_is(alice: Home, name: str) -> None:
    for args in (("create", "--", name), ("show", "--", name), ("delete", "--yes", "--", name)):
        assert alice.fault("team", *args)
    before = {one["name"] for one in gives(alice, "team", "list")["teams"]}
    assert name not in before


def test_the_name_of_a_user_is_no_name_for_a_team(alice: Home, centre: TestCentre) -> None:
    assert isinstance(centre.hub.users, set)
    centre.hub.users.add("frank")
    assert "cannot be called 'frank'" in alice.fault("team", "create", "frank")
