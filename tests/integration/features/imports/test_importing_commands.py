"""What comes from the internet, by the command line: into a folder, what is new there, where it cannot lie, and Ctrl-C."""

from __future__ import annotations

import signal

import pytest

from hubshare.client import Client
from hubshare.errors import NotFound
from hubshare.testing.centre import TestHome
from tests.helpers.internet import Internet
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
