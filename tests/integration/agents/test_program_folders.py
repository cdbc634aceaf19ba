"""A project does not come to where programs are run from, unless its reader says so."""

from __future__ import annotations

import os

import pytest

from hubshare.wire.agent import new_id
from tests.helpers.centre_fixture import Home
from tests.helpers.command_line import says


@pytest.fixture(scope="module")
def project(alice: Home) -> str:
    name = f"bin-{new_id()[:8]}"
    alice.share(name, {"ls": "#!/bin/sh\necho mine\n"})
    says(alice, "grant", f"alice/{name}", "bob", "reader")
    return f"alice/{name}"


@pytest.mark.parametrize(
    "folder",
    [
        "bin",
        "Bin",
        "sbin",
        "lib",
        "include/x",
        ".local/bin",
        ".ssh",
        ".config/autostart",
        ".ipython/profile_default/startup",
        ".jupyter",
        ".local/share/jupyter/kernels/x",
        "env/lib/python3.12/site-packages/numpy",
    ],
)
def test_a_checkout_where_programs_are_run_from_wants_a_word(bob: Home, project: str, folder: str) -> None:
    said = bob.fault("checkout", project, folder)
    assert "--allow-programs" in said and "another" in said
    assert not (bob.home / folder).exists()


def test_what_the_path_names_is_such_a_place_and_so_is_what_holds_it(bob: Home, project: str) -> None:
    tools = bob.home / "tools" / "bin"
    tools.mkdir(parents=True)
    (bob.home / "linked").symlink_to(tools)
    bob.stop()
    before = bob.environment.get("PATH", os.defpath)
    bob.environment["PATH"] = f"{bob.home}/linked:{before}"
    bob.environment["PYTHONPATH"] = f"{bob.home}/modules"
    bob.start()
    try:
        for folder in ("tools/bin", "tools", "linked", "tools/bin/more", "modules", "modules/numpy"):
            assert "--allow-programs" in bob.fault("checkout", project, folder), folder
    finally:
        bob.stop()
        bob.environment["PATH"] = before
        del bob.environment["PYTHONPATH"]
        bob.start()


def test_the_name_of_a_project_does_not_bring_it_there(alice: Home, bob: Home) -> None:
    made = alice.home / "scripts"
    made.mkdir()
    (made / "ls").write_text("#!/bin/sh\n")
    says(alice, "share", str(made), "--as", "alice/bin", "--with", "bob:reader")
    assert "--allow-programs" in bob.fault("checkout", "alice/bin", cwd=bob.home)
    assert "Checked out alice/bin" in says(bob, "checkout", "alice/bin", "scripts", cwd=bob.home)


def test_a_clear_word_is_enough(alice: Home, bob: Home, project: str) -> None:
    assert "Checked out" in says(bob, "checkout", project, ".local/programs", "--allow-programs")
    assert (bob.home / ".local/programs/ls").exists()
    own = alice.home / "bin"
    own.mkdir()
    (own / "tool").write_text("x")
    assert "--allow-programs" in alice.fault("share", str(own), "--as", f"alice/own-{new_id()[:6]}")
    assert "Shared" in says(alice, "share", str(own), "--as", f"alice/own-{new_id()[:6]}", "--allow-programs")
