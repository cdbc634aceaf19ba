"""Access from the command line, as people use it: grants and invitations."""

from __future__ import annotations

import pytest

from hubshare.client import Client
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.agent import new_id
from tests.helpers.centre_fixture import Home, Homes
from tests.helpers.command_line import gives, joins, says

# access


def test_a_grant_in_each_of_its_forms_and_taking_it_back(alice: Home, bob: Home, team: str, centre: TestCentre) -> None:
    centre.hub.groups["class"] = ["alice", "bob", *(f"student{number}" for number in range(20))]
    alice.share(f"{team}-granted", {"a.txt": "one"})
    project = f"alice/{team}-granted"
    assert says(alice, "grant", project, "bob", "reader") == f"bob is reader of {project}.\n"
    assert says(alice, "grant", project, "bob:writer") == f"bob is writer of {project}.\n"
    assert says(alice, "grant", project, f"team:{team}:reader") == f"team {team} is reader of {project}.\n"
    assert says(alice, "grant", project, "group:class", "reader") == f"group class is reader of {project}.\n"
    here = bob.checkout(project, f"{team}-granted")
    assert [one["through"] for one in gives(bob, "who", project)["people"][1]["through"]] == ["grant", "group class"]
    table = says(bob, "who", cwd=here)
    assert "alice" in table and "grant, group class (reader)" in table
    assert "student0, student1, student10, student11 and 16 more" in table, table
    assert "student9 " in says(bob, "who", "--all", project)

    # Bob stays reader through the group, and nobody is told that he lost all of it.
    assert f"{project}: bob was writer and is reader now." in says(alice, "revoke", project, "bob")
    said = says(alice, "revoke", project, "group:class:reader")
    assert f"checkout in default server: ~/{here.name}" in said and "and 16 more have lost access" in said
    assert gives(alice, "revoke", project, f"team:{team}")["who"] == f"team:{team}"
    assert f"see `hubshare who {project}`" in alice.fault("revoke", project, "bob")
    assert "no project" in bob.fault("who", project)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["bob"], "not a grant: write USER:ROLE"),
        (["team:physics"], "not a grant"),
        (["bob:king"], "'king' is no role"),
        (["team:none", "reader"], "no team 'none'"),
        (["group:none", "reader"], "no group 'none'"),
        (["alice", "reader"], "owns alice/"),
        (["b/c", "reader"], "cannot be a name"),
        (["..", "reader"], "cannot be a name"),
        (["\t", "reader"], "cannot be the name"),
    ],
)
def test_a_grant_that_cannot_be_says_why(alice: Home, args: list[str], words: str) -> None:
    if not (alice.home / "plain-grants").exists():
        alice.share("plain-grants", {"a.txt": "one"})
    assert words in alice.fault("grant", "alice/plain-grants", *args)


@pytest.mark.parametrize("user", ["b b", "b:b", "team", "b*?#%", "é🎉", "-b", "b'b\"", "a" * 255])
def test_users_of_odd_names_come_and_go(alice: Home, user: str, centre: TestCentre) -> None:
    if not (alice.home / "odd-users").exists():
        alice.share("odd-users", {"a.txt": "one"})
    assert f"{user} is reader" in says(alice, "grant", "alice/odd-users", "--", user, "reader")
    assert user in [one["user"] for one in gives(alice, "who", "alice/odd-users")["people"]]
    assert f"{user} no longer has a grant" in says(alice, "revoke", "alice/odd-users", "--", user)
    assert user not in [one["user"] for one in gives(alice, "who", "alice/odd-users")["people"]]


def test_sharing_with_teams_and_groups_at_once(alice: Home, clara: Home, team: str, centre: TestCentre) -> None:
    centre.hub.groups["lab"] = ["alice", "clara"]
    made = alice.folder(f"{team}-with", {"a.txt": "one"})
    said = says(alice, "share", str(made), "--with", f"team:{team}:writer", "--with", "group:lab:reader")
    assert f"  team {team} is writer" in said and "  group lab is reader" in said
    wait_until(lambda: clara.run("checkout", f"alice/{team}-with").returncode == 0, "the group is known")


def test_a_team_that_one_is_not_in_and_a_project_that_others_have_begun(alice: Home, bob: Home, team: str) -> None:
    made = bob.folder(f"{team}-mine", {"a.txt": "one"})
    assert "of your teams" in bob.fault("share", str(made), "--as", f"{team}/mine")
    says(alice, "team", "add", team, "bob")
    joins(alice, "bob", team)
    with Client(alice.environment["HUBSHARE_URL"], "alice") as client:
        # Alice is sharing under that name at this moment: it is empty still, and not bob's.
        client.create_project("mine", owner=team)
        client.create_checkout(f"{team}/mine", "", "/home/alice/mine")
    assert "exists already" in bob.fault("share", str(made), "--as", f"{team}/mine")


# invitations


def test_an_invitation_is_sent_followed_and_taken_back(alice: Home, bob: Home, clara: Home, centre: TestCentre) -> None:
    made, _ = alice.share(f"open-{new_id()[:8]}", {"a.txt": "one"})
    project = f"alice/{made.name}"
    link, *words = says(alice, "invite", "--role", "writer", "--days", "2.5", "--uses", "2", cwd=made).splitlines()
    assert link.startswith(f"{centre.url}invite/") and len(link) > len(f"{centre.url}invite/") + 20
    assert "writer" in words[0] and "by 2 people" in words[0]
    assert says(bob, "join", link) == f"You are writer of {project}: `hubshare checkout {project}` brings it here.\n"
    assert gives(bob, "join", f"{link}?from=mail")["role"] == "writer", "twice is once"
    found = gives(alice, "invite", project, "--list")
    assert [one["uses"] for one in found["invitations"]] == [1] and link.rpartition("/")[2] not in str(found)
    table = says(alice, "invite", project, "--list")
    assert found["invitations"][0]["id"] in table and "LEFT" in table
    says(alice, "invite", project, "--withdraw", found["invitations"][0]["id"])
    assert "not valid any more" in clara.fault("join", link)
    assert f"No invitation to {project}" in says(alice, "invite", project, "--list")
    assert "no such invitation" in alice.fault("invite", project, "--withdraw", "1" * 32)
    assert "may not change access" in bob.fault("invite", project)


@pytest.mark.parametrize(
    "link", ["", " ", "?", "https://hub/invite/", "https://evil/x y/invite/abcdefgh/more", "a/../../me"]
)
def test_what_is_no_invitation_is_not_sent_anywhere(bob: Home, link: str) -> None:
    assert "is not an invitation" in bob.fault("join", link)


def test_a_link_names_the_hub_as_browsers_reach_it(alice: Home, homes: Homes) -> None:
    alice.share("public-link", {"a.txt": "one"})
    other = Home(
        alice.home.parent / "alice-2",
        "alice",
        alice.environment["HUBSHARE_URL"],
        {"JUPYTERHUB_PUBLIC_HUB_URL": "https://hub.example.org/base/hub/"},
    )
    other.start()
    try:
        link = gives(other, "invite", "alice/public-link")["link"]
        assert link.startswith("https://hub.example.org/services/hubshare/invite/")
    finally:
        other.stop()


# what is not accepted any more


def test_a_token_that_was_revoked_is_told_with_what_to_do(homes: Homes, centre: TestCentre) -> None:
    nora = homes("nora")
    made, _ = nora.share("revoked", {"a.txt": "one"})
    (made / "a.txt").write_text("two")
    centre.tokens.revoked.add("nora")
    try:
        for args in (("list",), ("pull", str(made)), ("share", str(nora.folder("more", {"b.txt": "b"})))):
            said = nora.fault(*args)
            assert "does not accept the token of this server any more: restart the server" in said
        shown = says(nora, "status", str(made))
        assert shown.count("does not accept") == 1 and "restart the server" in shown
    finally:
        centre.tokens.revoked.discard("nora")


@pytest.mark.parametrize("who", ["bob:writer", "team:physics:admin"])
def test_a_grant_of_two_roles_is_refused(alice: Home, who: str) -> None:
    if not (alice.home / "two-roles").exists():
        alice.share("two-roles", {"a.txt": "one"})
    assert "names a role already" in alice.fault("grant", "alice/two-roles", who, "reader")
    assert [one["user"] for one in gives(alice, "who", "alice/two-roles")["people"]] == ["alice"]


@pytest.mark.parametrize("command", ["push", "pull", "status", "log", "cancel", "conflicts", "share", "sync"])
def test_a_folder_that_is_not_there_is_named(alice: Home, command: str) -> None:
    assert alice.fault(command, "/nowhere/at/all") == "hubshare: There is no folder /nowhere/at/all."
