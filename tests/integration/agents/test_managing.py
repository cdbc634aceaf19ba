"""Teams, access and whole projects from the command line, as people use them."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hubshare.client import Client
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.testing.notebooks import notebook
from hubshare.wire.agent import new_id
from tests.helpers.centre_fixture import Home, Homes, Refused, content, published, write


@pytest.fixture(scope="module")
def clara(homes: Homes) -> Home:
    return homes("clara")


@pytest.fixture
def team(alice: Home) -> Iterator[str]:
    """A team of alice's that is new."""
    name = f"team-{new_id()[:8]}"
    says(alice, "team", "create", name)
    yield name


def says(home: Home, *args: str, cwd: Path | None = None) -> str:
    """What a command that must pass says to a person."""
    done = home.run(*args, cwd=cwd)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert "None" not in done.stdout and "Traceback" not in done.stdout
    return done.stdout


def gives(home: Home, *args: str, cwd: Path | None = None) -> Any:
    """What the same command gives to a program."""
    done = home.run(*args, "--json", cwd=cwd)
    assert done.returncode == 0, done.stdout
    return json.loads(done.stdout)


def typing(home: Home, text: str, *args: str) -> subprocess.CompletedProcess[str]:
    """A command, with what a person types into it."""
    command = [str(Path(sys.executable).with_name("hubshare")), *args]
    return subprocess.run(command, cwd=home.home, env=home.environment, capture_output=True, text=True, input=text)


def in_sync(home: Home, folder: Path, files: dict[str, bytes]) -> None:
    wait_until(lambda: content(folder) == files, f"{home.user} has {sorted(files)}, and not {sorted(content(folder))}")


def test_the_agent_refuses_what_it_was_not_made_for_and_says_what_to_do(alice: Home) -> None:
    made, _ = alice.share("strict", {"a.txt": "one"})
    for args, words in (
        ({"force": True}, "'force' of this command: restart your server to update it"),
        ({"dry_run": "yes"}, "'dry_run' cannot be"),
    ):
        with pytest.raises(Refused, match=words) as refused:
            alice.ask("push", folder=str(made), **args)
        assert refused.value.code == "invalid"
    with pytest.raises(Refused, match="knows no command 'fly': restart your server"):
        alice.ask("fly")
    assert alice.ask("push", folder=str(made))["status"] == "nothing"


# teams


def test_a_team_shares_a_course_and_everybody_in_it_follows(
    alice: Home, bob: Home, clara: Home, team: str, centre: TestCentre
) -> None:
    assert says(alice, "team", "add", team, "bob") == f"bob is now member of team {team}.\n"
    assert f"clara is now maintainer of team {team}" in says(alice, "team", "add", team, "clara", "--maintainer")
    made = alice.folder(f"{team}-course", {"a.txt": "one"})
    assert f"Shared {made} as {team}/course" in says(alice, "share", str(made), "--as", f"{team}/course")
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
    assert "dave is maintainer" in says(alice, "team", "add", team, "dave", "erin")
    assert "dave is member" in says(alice, "team", "maintainer", team, "dave", "--off")
    assert "dave is maintainer" in says(alice, "team", "maintainer", team, "dave")
    assert f"`hubshare team add {team} zoe` first" in alice.fault("team", "maintainer", team, "zoe")


def test_members_that_only_read_cannot_push_and_cannot_create(alice: Home, bob: Home, team: str) -> None:
    assert "members are readers" in says(alice, "team", "members", team, "reader")
    says(alice, "team", "add", team, "bob")
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
    made = alice.folder(f"{team}-left", {"a.txt": "one"})
    says(alice, "share", str(made), "--as", f"{team}/left", "--auto")
    here = bob.checkout(f"{team}/left", f"{team}-left", auto=True)
    said = says(alice, "team", "remove", team, "bob")
    assert f"bob is not in team {team} any more." in said
    assert f"{team}/left: bob was writer and has no access any more." in said
    assert f"checkout in default server: {here}, version 1" in said and "Syncing has stopped" in said

    wait_until(lambda: bob.ask("status", folder=str(here))["lost"], "bob's agent has heard")
    write(here, {"bob.txt": "written while out"})
    write(made, {"a.txt": "two"})
    wait_until(lambda: published(centre, f"{team}/left")["a.txt"] == b"two", "alice goes on")
    assert content(here) == {"a.txt": b"one", "bob.txt": b"written while out"}
    status = says(bob, "status", str(here))
    assert "no access" in status.splitlines()[0] and f"You have no access to {team}/left any more." in status
    assert f"no access to {team}/left any more" in bob.fault("push", str(here)) and "(no access any more)" in says(
        bob, "list"
    )
    assert "bob.txt" not in published(centre, f"{team}/left")
    # The agent starts anew meanwhile, and still knows.
    bob.stop()
    bob.start()
    assert "no access" in says(bob, "status", str(here))

    says(alice, "team", "add", team, "bob")
    both = {"a.txt": b"two", "bob.txt": b"written while out"}
    in_sync(bob, here, both)
    wait_until(lambda: published(centre, f"{team}/left") == both, "what bob wrote meanwhile goes out")
    in_sync(alice, made, both)


def test_leaving_a_team_and_the_last_maintainer(alice: Home, bob: Home, team: str) -> None:
    says(alice, "team", "add", team, "bob")
    assert f"You have left team {team}.\nbob has lost no access by it.\n" == says(bob, "team", "leave", team)
    assert "you are not in it" in bob.fault("team", "leave", team)
    assert "only maintainer" in alice.fault("team", "leave", team)
    assert "only maintainer" in alice.fault("team", "maintainer", team, "alice", "--off")


def test_a_team_gets_another_name_and_checkouts_follow(alice: Home, bob: Home, team: str) -> None:
    says(alice, "team", "add", team, "bob")
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
    assert "frank is a user of the Hub" in alice.fault("team", "create", "frank")


# access


def test_a_grant_in_each_of_its_forms_and_taking_it_back(alice: Home, bob: Home, team: str, centre: TestCentre) -> None:
    centre.hub.groups["class"] = ["bob", *(f"student{number}" for number in range(20))]
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
    assert f"checkout in default server: {here}" in said and "and 16 more have lost access" in said
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
    assert f"{user} has no grant" in says(alice, "revoke", "alice/odd-users", "--", user)
    assert user not in [one["user"] for one in gives(alice, "who", "alice/odd-users")["people"]]


def test_sharing_with_teams_and_groups_at_once(alice: Home, clara: Home, team: str, centre: TestCentre) -> None:
    centre.hub.groups["lab"] = ["clara"]
    made = alice.folder(f"{team}-with", {"a.txt": "one"})
    said = says(alice, "share", str(made), "--with", f"team:{team}:writer", "--with", "group:lab:reader")
    assert f"  team {team} is writer" in said and "  group lab is reader" in said
    wait_until(lambda: clara.run("checkout", f"alice/{team}-with").returncode == 0, "the group is known")


def test_a_team_that_one_is_not_in_and_a_project_that_others_have_begun(alice: Home, bob: Home, team: str) -> None:
    made = bob.folder(f"{team}-mine", {"a.txt": "one"})
    assert "of your teams" in bob.fault("share", str(made), "--as", f"{team}/mine")
    says(alice, "team", "add", team, "bob")
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


# whole projects


def test_a_project_is_renamed_and_transferred_and_checkouts_go_on(
    alice: Home, bob: Home, team: str, centre: TestCentre
) -> None:
    name = f"moving-{new_id()[:8]}"
    made, _ = alice.share(name, {"a.txt": "one"}, **{"with": ["bob:admin"]})
    here = bob.checkout(f"alice/{name}", name, auto=True)
    assert f"alice/{name} is alice/{name}-2 now; you are owner." in says(alice, "rename", f"alice/{name}", f"{name}-2")
    assert says(alice, "rename", f"alice/{name}-2", f"alice/{name}-2").strip().endswith("called that already.")
    assert "hubshare transfer" in alice.fault("rename", f"alice/{name}-2", "bob/x")
    # Before either agent was told: the old address still leads to it.
    write(made, {"a.txt": "two"})
    says(alice, "push", str(made))
    in_sync(bob, here, {"a.txt": b"two"})
    assert says(bob, "status", str(here)).startswith(f"alice/{name}-2 version 2")

    assert "may not transfer" in bob.fault("transfer", f"alice/{name}", "bob")
    said = says(alice, "transfer", f"alice/{name}", "bob", "--as", "taken")
    assert said.startswith(f"alice/{name} is bob/taken now; you are admin.")
    write(here, {"b.txt": "of the new owner"})
    wait_until(lambda: "b.txt" in published(centre, "bob/taken"), "bob is owner")
    says(alice, "pull", str(made))
    assert says(alice, "status", str(made)).startswith("bob/taken version 3") and content(made) == content(here)
    assert "has to be an admin of bob/taken first: run `hubshare grant bob/taken clara admin`" in bob.fault(
        "transfer", "bob/taken", "clara"
    )
    assert "maintain no team" in bob.fault("transfer", "bob/taken", f"team:{team}")
    assert "cannot own projects" in bob.fault("transfer", "bob/taken", "group:class")
    says(alice, "team", "add", team, "bob", "--maintainer")
    assert f"bob/taken is {team}/taken now" in says(bob, "transfer", "bob/taken", f"team:{team}")
    assert gives(alice, "who", f"{team}/taken")["people"][0]["through"][0]["through"] == f"team {team}"


def test_a_project_in_the_archive_is_read_and_not_written(alice: Home, bob: Home) -> None:
    name = f"old-{new_id()[:8]}"
    alice.share(name, {"a.txt": "one"}, **{"with": ["bob:writer"]})
    project = f"alice/{name}"
    here = bob.checkout(project, name)
    assert "nothing can be pushed" in says(alice, "archive", project)
    assert "version 1, archived" in says(alice, "list")
    write(here, {"a.txt": "two"})
    assert f"run `hubshare archive {project} --undo`" in bob.fault("push", name)
    assert "may not archive" in bob.fault("archive", project, "--undo")
    assert "not archived any more" in says(alice, "archive", project, "--undo")
    assert "Pushed 1 file" in says(bob, "push", name)


def test_a_deleted_project_leaves_the_files_and_comes_back(alice: Home, bob: Home, centre: TestCentre) -> None:
    name = f"gone-{new_id()[:8]}"
    made, _ = alice.share(name, {"a.txt": "one"}, **{"with": ["bob:writer"]})
    project = f"alice/{name}"
    here = bob.checkout(project, name, auto=True)
    assert "may not delete" in bob.fault("delete", project, "--yes")
    assert f"{project} was not deleted" in alice.fault("delete", project)
    done = alice.run("delete", project, "--json")
    assert json.loads(done.stdout)["error"]["code"] == "invalid"
    assert "files in checkouts stay" in typing(alice, f"{project}\n", "delete", project).stdout
    wait_until(lambda: bob.ask("status", folder=str(here))["lost"], "bob's agent has heard")
    assert content(here) == content(made) == {"a.txt": b"one"}
    assert "no project" in bob.fault("checkout", project, f"{name}-again")
    assert f"run `hubshare undelete {project}`" in alice.fault("checkout", project, f"{name}-again")
    assert "its owner can do that" in bob.fault("undelete", project)
    write(here, {"b.txt": "meanwhile"})
    assert f"{project} is back" in says(alice, "undelete", project)
    wait_until(lambda: "b.txt" in published(centre, project), "bob goes on by himself")
    assert "is not deleted" in alice.fault("undelete", project)


def test_visibility_and_description(alice: Home, bob: Home) -> None:
    name = f"seen-{new_id()[:8]}"
    alice.share(name, {"a.txt": "one"})
    project = f"alice/{name}"
    assert "Everybody who is signed in may read it." in says(alice, "visibility", project, "hub")
    assert f"Checked out {project}" in says(bob, "checkout", project)
    assert "may not change the settings" in bob.fault("describe", project, "mine")
    assert "All about <b>forces</b>" in says(alice, "describe", project, "All about <b>forces</b>")
    assert gives(bob, "list")["projects"], "it can be found"
    assert "Only people with a role" in says(alice, "visibility", project, "private")
    assert "You have no access" in bob.fault("pull", name)
    assert "2,000 are kept" in alice.fault("describe", project, "x" * 2001)
    assert "no project" in bob.fault("visibility", project, "public")


def test_settings_are_set_by_their_names(alice: Home, bob: Home) -> None:
    alice.share("tuned", {"a.txt": b"a"}, **{"with": ["bob:writer"]})
    assert "more than 3 files waits for a confirmation" in says(alice, "set", "alice/tuned", "brake", "3")
    assert "alice/tuned is hub." in says(alice, "set", "alice/tuned", "visibility", "hub")
    assert says(bob, "set", "alice/tuned", "brake").strip() == "3"
    listed = says(bob, "set", "alice/tuned")
    assert all(name in listed for name in ("visibility", "description", "brake", "outputs"))
    assert "use one of visibility, description" in alice.fault("set", "alice/tuned", "colour", "red")
    assert "use one of share, strip" in alice.fault("set", "alice/tuned", "outputs", "sometimes")
    assert "may not change the settings" in bob.fault("set", "alice/tuned", "brake", "4")


def test_outputs_are_stripped_for_everybody_else(alice: Home, bob: Home, centre: TestCentre) -> None:
    made, _ = alice.share("lab", {"n.ipynb": notebook("x")}, auto=True, **{"with": ["bob:writer"]})
    assert "may not change the settings" in bob.fault("outputs", "alice/lab", "strip")
    assert "left out of what is pushed to alice/lab" in says(alice, "outputs", "alice/lab", "strip")
    here = bob.checkout("alice/lab", "lab", auto=True)
    assert "Notebooks are shared without their outputs." in says(bob, "status", str(here))
    write(here, {"n.ipynb": notebook("x", output="bob's")})
    write(
        made, {"n.ipynb": notebook("x", "y", output="alice's"), "big.ipynb": notebook("z" * 20_000, output="alice's")}
    )
    wait_until(lambda: "big.ipynb" in content(here), "a push arrives that is too large for a message")
    assert content(here)["big.ipynb"] == notebook("z" * 20_000).encode()
    wait_until(lambda: b'"y"' in content(here)["n.ipynb"], "the new cell arrives")
    assert content(here)["n.ipynb"].count(b"bob's of x") == 1 and b"alice's" not in content(here)["n.ipynb"]
    assert published(centre, "alice/lab") == {
        "n.ipynb": notebook("x", "y").encode(),
        "big.ipynb": notebook("z" * 20_000).encode(),
    }
    assert "part of the project, without its outputs" in says(alice, "why", str(made / "n.ipynb"))
    for home, folder in ((alice, made), (bob, here)):
        assert "Everything is in sync." in says(home, "status", str(folder))
    assert "Outputs of notebooks are shared in alice/lab" in says(alice, "outputs", "alice/lab", "share")


def test_the_audit_log_of_a_project_and_of_a_team(alice: Home, bob: Home, team: str) -> None:
    made = alice.folder(f"{team}-noted", {"a.txt": "one"})
    says(alice, "share", str(made), "--as", f"{team}/noted", "--with", "bob:writer")
    says(alice, "grant", f"{team}/noted", "bob", "reader")
    lines = says(alice, "audit", cwd=made).splitlines()
    assert "project.grant" in lines[0] and "to: bob  role: reader" in lines[0] and "me.create-project" in lines[-1]
    assert len(says(alice, "audit", f"{team}/noted", "-n", "1").splitlines()) == 1
    assert any(
        "team.create" in line or "me.create-team" in line for line in says(alice, "audit", f"team:{team}").splitlines()
    )
    assert gives(alice, "audit", f"team:{team}")["of"] == f"team:{team}"
    assert "may not see the audit log" in bob.fault("audit", f"{team}/noted")
    assert "you are not in it" in bob.fault("audit", f"team:{team}")


# downloads


def test_a_project_is_downloaded_as_one_file(alice: Home, bob: Home) -> None:
    name = f"loaded-{new_id()[:8]}"
    made, _ = alice.share(name, {"a.txt": "one", "data/b.txt": "two"}, **{"with": ["bob:reader"]})
    write(made, {"a.txt": "new"})
    says(alice, "push", str(made))
    project = f"alice/{name}"
    assert f"to {bob.home / f'{name}-v2.zip'} (" in says(bob, "download", project)
    with zipfile.ZipFile(bob.home / f"{name}-v2.zip") as found:
        assert {each: found.read(each) for each in found.namelist()} == {
            f"{name}-v2/a.txt": b"new",
            f"{name}-v2/data/b.txt": b"two",
        }
    folder = bob.folder(f"{name}-archives")
    answer = gives(bob, "download", project, "--version", "v1", "--format", "tar", "-o", str(folder))
    with tarfile.open(folder / f"{name}-v1.tar") as tar:
        first = tar.extractfile(f"{name}-v1/a.txt")
        assert first is not None and first.read() == b"one"
    assert (answer["version"], answer["size"]) == ("v1", (folder / f"{name}-v1.tar").stat().st_size)
    assert zipfile.is_zipfile(
        io.BytesIO((made / gives(alice, "download", "-o", "x.zip", cwd=made)["file"]).read_bytes())
    )


def test_a_download_replaces_nothing_and_leaves_nothing_half_done(alice: Home, bob: Home) -> None:
    name = f"kept-{new_id()[:8]}"
    alice.share(name, {"a.txt": "one"})
    write(alice.home, {"mine.zip": "precious"})
    assert "is there already" in alice.fault("download", f"alice/{name}", "-o", "mine.zip")
    assert (alice.home / "mine.zip").read_text() == "precious"
    assert "There is no folder" in alice.fault("download", f"alice/{name}", "-o", "none/x.zip")
    assert "no version" in alice.fault("download", f"alice/{name}", "--version", "v99")
    assert "no version" in alice.fault("download", f"alice/{name}", "--version", "../../etc")
    assert "no project" in bob.fault("download", f"alice/{name}")
    for home in (alice, bob):
        assert not list(home.home.glob(".hubshare-*")) and not list(home.home.glob(f"{name}*.zip"))


# where there is nothing to name


def test_outside_of_a_checkout_the_project_has_to_be_named(alice: Home) -> None:
    for command in ("who", "invite", "audit", "download"):
        assert "name the project, as OWNER/NAME" in alice.fault(command)
    for command in (("who",), ("archive",), ("undelete",), ("rename", "x"), ("grant", "bob:reader")):
        assert "write OWNER/NAME" in alice.fault(command[0], "none", *command[1:])
