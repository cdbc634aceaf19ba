"""What comes from the internet, by the command line: into a folder, what is new there, where it cannot lie, and Ctrl-C."""

from __future__ import annotations

import re
import signal
import threading
from contextlib import suppress
from typing import Any

import pytest

from hubshare.client import Client
from hubshare.errors import Clash, NotFound
from hubshare.testing.centre import TestCentre, TestHome, wait_until
from hubshare.wire.api.projects import Project
from tests.helpers.command_line import joins
from tests.helpers.ended_imports import ended
from tests.helpers.internet import Internet, Visit
from tests.helpers.zip_site import COURSE, Site


def test_the_command_line_gets_a_link_into_a_folder_and_says_what_is_new(
    alice: TestHome, bob: TestHome, client: Client, site: Site, name: str
) -> None:
    wrong = alice.run("checkout", f"{site.url}/wrong.zip", "--as", name)
    assert wrong.returncode != 0 and "is in the trash" in wrong.stderr and "hubshare delete" not in wrong.stderr
    assert f"alice/{name}" not in [project.name for project in client.projects()]
    link = site.put(f"{name}.zip", COURSE | {"course/bad\\name.txt": b"x"})
    done = alice.run("checkout", link, "--as", name)
    assert done.returncode == 0, done.stderr
    assert f"It is the project alice/{name}" in done.stdout
    assert (alice.home / name / "readme.md").read_bytes() == b"# Course\n"
    site.put(f"{name}.zip", COURSE | {"course/new.md": b"new\n"})
    shown = alice.run("origin", f"alice/{name}")
    assert "+ new.md" in shown.stdout
    client.grant(f"alice/{name}", bob.user, "reader")
    assert "+ new.md" in bob.run("origin", f"alice/{name}").stdout, "who may only read is shown what was fetched last"
    taken = alice.run("origin", f"alice/{name}", "--take")
    assert "Took" in taken.stdout, taken.stderr
    assert "new there is taken when you say so" in alice.run("source", f"alice/{name}").stdout
    assert alice.run("checkout", "alice/x", "--history").returncode == 1


def test_to_take_what_is_new_is_to_look_for_it(alice: TestHome, client: Client, site: Site, name: str) -> None:
    link = site.put(f"{name}.zip", COURSE)
    done = alice.run("checkout", link, "--as", name)
    assert done.stdout.startswith(f"Fetched {link}.\n"), done.stderr
    site.put(f"{name}.zip", COURSE | {"course/new.md": b"new\n"})
    taken = alice.run("origin", f"alice/{name}", "--take")
    assert taken.stdout == f"Took 1 file of {link}; alice/{name} is at version 2.\n  + new.md\n", taken.stderr
    again = alice.run("origin", f"alice/{name}", "--take")
    assert again.stdout == f"There is nothing new at {link}.\n", again.stderr
    # What was shown can be taken though the source is gone meanwhile.
    site.put(f"{name}.zip", COURSE)
    assert "- new.md" in alice.run("origin", f"alice/{name}").stdout
    site.remove(f"{name}.zip")
    assert "- new.md" in alice.run("origin", f"alice/{name}", "--take").stdout
    gone = alice.run("origin", f"alice/{name}", "--take")
    assert gone.returncode == 1 and "has nothing at this address" in gone.stderr
    assert f"alice/{name} stays as it is" in gone.stderr and "hubshare delete" not in gone.stderr
    assert client.project(f"alice/{name}").version == 3


def test_a_branch_that_is_named_stays_the_one_that_is_meant(
    alice: TestHome, internet: Internet, site: Site, name: str
) -> None:
    source = internet.repository(name)
    source.commit({"a.txt": "main"})
    source.commit({"a.txt": "dev"}, branch="dev")
    done = alice.run("checkout", f"git clone -b dev {source.url}")
    assert done.returncode == 0, done.stderr
    assert (alice.home / name / "a.txt").read_text() == "dev"
    assert "Fetched last: dev at " in alice.run("source", f"alice/{name}").stdout
    source.git("branch", "-m", "dev", "other")
    gone = alice.run("origin", f"alice/{name}", "--take")
    assert gone.returncode == 1 and "'dev'. What it shows first is the branch 'main'" in gone.stderr


def test_where_a_link_cannot_lie_is_said_before_anything_is_fetched(
    alice: TestHome, client: Client, site: Site, name: str
) -> None:
    refused = alice.run("checkout", site.put(f"{name}.zip", COURSE), str(alice.home), "--as", name)
    assert refused.returncode == 1 and "home folder" in refused.stderr
    with pytest.raises(NotFound):
        client.project(f"alice/{name}")


def test_what_differs_in_a_folder_that_is_there_is_named(alice: TestHome, site: Site, name: str) -> None:
    folder = alice.home / name
    folder.mkdir()
    (folder / "readme.md").write_text("mine\n")
    done = alice.run("checkout", site.put(f"{name}.zip", COURSE), str(folder), "--as", name)
    assert "1 conflict; your files are untouched." in done.stdout, done.stderr
    assert "  ! readme.md: added on both sides\n" in done.stdout
    assert (folder / "readme.md").read_text() == "mine\n"


def test_ctrl_c_stops_a_fetch(alice: TestHome, client: Client, site: Site, name: str) -> None:
    link = site.put_slow(f"slow/{name}.zip", COURSE)
    with alice.begin("checkout", link, "--as", name) as running:
        assert site.asked.wait(30)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert "is in the trash" in said
    assert client.restore_project(f"alice/{name}").version == 0
    assert client.get_import(f"alice/{name}").state == "cancelled"
    site.gate.set()


def test_a_fetch_that_was_stopped_goes_on_in_the_same_project(
    centre: TestCentre, alice: TestHome, client: Client, internet: Internet, name: str
) -> None:
    content, half = b"x" * 150_000, 100_000
    ranges, over = list[str](), threading.Event()

    def answer(visit: Visit) -> None:
        start = int(re.sub(r"\D", "", visit.headers.get("Range", "")) or 0)
        visit.send_response(206 if start else 200)
        visit.send_header("ETag", '"one"')
        visit.send_header("Accept-Ranges", "bytes")
        if start:
            visit.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        visit.send_header("Content-Length", str(len(content) - start))
        visit.end_headers()
        if visit.command == "HEAD":
            return
        ranges.append(visit.headers.get("Range", ""))
        if start:
            visit.wfile.write(content[start:])
            return
        visit.close_connection = True
        with suppress(OSError):
            visit.wfile.write(content[:half])
            for at in range(half, len(content) - 1):
                visit.wfile.write(content[at : at + 1])
                over.wait(0.02)

    internet.answers[f"/{name}.csv"] = answer
    command = ("checkout", f"{internet.url}/{name}.csv", "--as", name)
    with alice.begin(*command) as running:
        wait_until(lambda: ranges, "it has begun to come")
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert "is in the trash" in said
    kept = centre.centre.settings.quarantine
    wait_until(lambda: list(kept.glob("*.part/note")), "what has come is kept")
    first = client.restore_project(f"alice/{name}")
    client.delete_project(first.name)
    done = alice.run(*command)
    over.set()
    assert done.returncode == 0, done.stderr
    assert (alice.home / name / f"{name}.csv").read_bytes() == content
    found = client.project(first.name)
    assert (found.id, found.version) == (first.id, 1), "there is no second project"
    assert ranges[0] == "" and re.fullmatch(r"bytes=1\d{5}-", ranges[1]), "what has come is not fetched again"


def test_what_others_were_promised_of_a_stopped_import_does_not_hold_for_the_next_one(
    client: Client, bob: TestHome, site: Site, name: str
) -> None:
    link = f"{site.url}/{name}.zip"

    def tried(**more: Any) -> Project:
        made = client.import_project(link, name, **more)
        assert ended(client, made.name).state == "failed"
        return made

    first = tried()
    client.delete_project(first.name)
    assert tried().id == first.id
    client.invite(first.name, "reader")
    client.delete_project(first.name)
    second = tried()
    assert second.id != first.id
    client.grant(second.name, bob.user, "reader")
    client.delete_project(second.name)
    third = tried()
    assert third.id not in (first.id, second.id) and not list(client.grants(third.name))
    client.delete_project(third.name)
    client.restore_project(third.name)
    client.archive_project(third.name)
    client.delete_project(third.name)
    fourth = tried()
    assert fourth.id != third.id, "nothing can be put into what is archived"
    client.delete_project(fourth.name)
    for asked in ({"visibility": "public"}, {"history": True}):
        other = tried(**asked)
        assert other.id != fourth.id
        client.delete_project(other.name)


def test_what_was_stopped_for_a_team_goes_on_in_the_same_project_for_who_began_it(
    centre: TestCentre, alice: TestHome, bob: TestHome, client: Client, site: Site, name: str
) -> None:
    team, link = f"team-{name}", f"{site.url}/{name}.zip"
    client.create_team(team)
    client.put_member(team, bob.user)
    joins(alice, bob.user, team)

    def refused(home: TestHome, project: str) -> str:
        done = home.run("checkout", link, "--as", f"{team}/{project}")
        assert done.returncode != 0
        return done.stderr

    assert "is in the trash" in refused(alice, name)
    first = client.restore_project(f"{team}/{name}")
    client.delete_project(first.name)
    assert "is in the trash" in refused(alice, name)
    assert client.restore_project(first.name).id == first.id, "there is no second project"
    with pytest.raises(Clash), Client(centre.url, bob.user) as other:
        other.import_project(link, name, owner=team)
    # A member who may not delete it goes on in it all the same.
    assert "is there" in refused(bob, "other")
    second = client.project(f"{team}/other")
    site.put(f"{name}.zip", COURSE)
    done = bob.run("checkout", link, "--as", second.name)
    assert done.returncode == 0, done.stderr
    assert (client.project(second.name).id, client.project(second.name).version) == (second.id, 1)
