"""Mirrors from the command line, over real workers, to a stock git server with passwords."""

from __future__ import annotations

from pathlib import Path

from hubshare.testing.centre import wait_until
from hubshare.wire.agent import new_id
from tests.helpers.centre_fixture import Home, write
from tests.helpers.command_line import gives, says, typing
from tests.helpers.internet import Internet


def test_a_project_is_mirrored_stopped_overwritten_and_let_go(alice: Home, tmp_path: Path) -> None:
    name = f"mirrored-{new_id()[:8]}"
    made, _ = alice.share(name, {"a.txt": "one"})
    project = f"alice/{name}"
    with Internet.running(tmp_path) as internet:
        internet.writers["git"] = "pass word"
        there = internet.repository("course")
        assert says(alice, "mirror", project).startswith(f"{project} is pushed to no other place")
        begun = typing(alice, "pass word\n", "mirror", project, there.url, "--login", "git")
        assert begun.returncode == 0 and "cannot be taken back" in begun.stderr and "pass word" not in begun.stdout

        def has(version: int) -> None:
            wait_until(
                lambda: gives(alice, "mirror", project)["mirrors"][0]["version"] == version, f"it has version {version}"
            )

        has(1)
        assert f"{there.url}, branch main, on each version: version 1." in says(alice, "mirror", cwd=made)
        assert there.git("show", "main:a.txt") == "one"
        says(alice, "mirror", there.url, "--pause", cwd=made)
        write(made, {"a.txt": "two"})
        says(alice, "push", str(made))
        assert "It is paused." in says(alice, "mirror", project) and there.git("show", "main:a.txt") == "one"
        theirs = there.commit({"theirs.txt": "1"})
        says(alice, "mirror", project, there.url, "--resume")
        wait_until(lambda: "Not taken" in says(alice, "mirror", project), "it is refused")
        assert f"--overwrite {theirs[:10]}` gives up what is there" in says(alice, "mirror", project)
        assert "Something else is in the way" in alice.fault("mirror", project, there.url, "--overwrite", "0" * 40)
        says(alice, "mirror", project, there.url, "--overwrite", theirs[:10])
        has(2)
        assert there.git("show", "main:a.txt") == "two"
        assert "Only one thing" in alice.fault("mirror", project, there.url, "--push", "--pause")
        assert "by its URL" in alice.fault("mirror", project, "--push")
        assert "pushed to no other place" in says(alice, "mirror", project, there.url, "--delete")
