"""Releases from the command line, and a mirror that is pushed to on each of them."""

from __future__ import annotations

from pathlib import Path

from hubshare.testing.centre import wait_until
from hubshare.wire.agent import new_id
from tests.helpers.centre_fixture import Home, write
from tests.helpers.command_line import gives, says, typing
from tests.helpers.internet import Internet


def test_a_program_releases_and_the_mirror_has_it(alice: Home, tmp_path: Path) -> None:
    name = f"released-{new_id()[:8]}"
    made, _ = alice.share(name, {"a.txt": "one"})
    project = f"alice/{name}"
    with Internet.running(tmp_path) as internet:
        internet.writers["git"] = "pass word"
        there = internet.repository("course")
        begun = typing(alice, "pass word\n", "mirror", project, there.url, "--on", "release", "--login", "git")
        assert begun.returncode == 0, begun.stderr
        assert says(alice, "release", project).startswith(f"{project} has no releases")
        assert says(alice, "release", "Winter term", "--notes", "For all.", cwd=made).endswith(
            "alice: Winter term\n        For all.\n"
        )
        wait_until(lambda: gives(alice, "mirror", project)["mirrors"][0]["version"] == 1, "the mirror has it")
        assert there.git("show", "Winter-term:a.txt") == there.git("show", "main:a.txt") == "one"
    write(made, {"a.txt": "two"})
    says(alice, "push", str(made))
    assert says(alice, "release", project, "Later", "--version", "v1").startswith("v1 ")
    assert "alice: Later  ← readers see it first" in says(alice, "release", project, "Later", "--pin")
    assert "readers see it" not in says(alice, "release", project, "Later", "--unpin")
    assert [one["name"] for one in gives(alice, "release", project, "Later", "--delete")["releases"]] == ["Winter term"]
    assert "Only one thing" in alice.fault("release", project, "Winter term", "--pin", "--delete")
    assert "Only one thing" in alice.fault("release", project, "Winter term", "--pin", "--version", "v1")
    assert "by its name" in alice.fault("release", project, "--pin")
    assert "There is a release Winter term already" in alice.fault("release", project, "Winter term")
