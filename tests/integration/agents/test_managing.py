"""Whole projects from the command line, as people use them: names, owners, settings, the end, downloads."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile

import pytest

from hubshare.testing.centre import TestCentre, wait_until
from hubshare.testing.notebooks import notebook
from hubshare.wire.agent import new_id
from tests.helpers.centre_fixture import Home, Refused, content, published, write
from tests.helpers.command_line import gives, in_sync, joins, says, typing


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
    said = says(alice, "transfer", f"alice/{name}-2", "bob")
    assert said == f"The new owner is asked: alice/{name}-2 stays yours until they accept it.\n"
    [offer] = [one["id"] for one in gives(bob, "offers")["offers"] if one["name"] == f"alice/{name}-2"]
    assert gives(alice, "list")["projects"] and says(alice, "status", str(made)).startswith(f"alice/{name}-2")
    assert says(bob, "accept", offer, "--as", "taken") == "You are owner of bob/taken now.\n"
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
    joins(alice, "bob", team)
    assert f"bob/taken is {team}/taken now" in says(bob, "transfer", "bob/taken", f"team:{team}")
    assert gives(alice, "who", f"{team}/taken")["people"][0]["through"][0]["through"] == f"team {team}"


def test_what_was_edited_while_a_project_was_archived_is_published_when_it_is_not_any_more(
    alice: Home, centre: TestCentre
) -> None:
    name = f"archived-{new_id()[:8]}"
    made, _ = alice.share(name, {"a.txt": "one"}, auto=True)
    alice.ask("archive", project=f"alice/{name}")
    write(made, {"a.txt": "edited in the archive"})
    wait_until(lambda: "is archived" in alice.ask("status", folder=str(made))["paused"], "the edit waits")
    assert published(centre, f"alice/{name}") == {"a.txt": b"one"}
    alice.ask("archive", project=f"alice/{name}", undo=True)
    wait_until(lambda: published(centre, f"alice/{name}") == {"a.txt": b"edited in the archive"}, "it is published")
    wait_until(lambda: not alice.ask("status", folder=str(made))["paused"], "nothing waits any more")
    alice.ask("auto", folder=str(made), on=False)


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
    assert "is unarchived" in says(alice, "archive", project, "--undo")
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
    assert "You no longer have access" in bob.fault("pull", name)
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
    assert f"to ~/{name}-v2.zip (" in says(bob, "download", project)
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
