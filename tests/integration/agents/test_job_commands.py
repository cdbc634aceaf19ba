"""`hubshare jobs`: what became of what one asked for, in a terminal."""

from __future__ import annotations

import json

from hubshare.testing.centre import TestHome, wait_until


def test_the_inbox_says_what_needs_one_until_it_was_read(alice: TestHome, bob: TestHome) -> None:
    folder = alice.home / "of-the-inbox"
    folder.mkdir()
    # So much of what alice did elsewhere may be unread that bob is told nothing more of it.
    assert bob.run("inbox", "--read").returncode == 0
    assert alice.run("share", "of-the-inbox", "--with", "bob:reader").returncode == 0

    def mine(*options: str) -> list[str]:
        return [line for line in bob.run("inbox", *options).stdout.splitlines() if "alice/of-the-inbox" in line]

    told, advice = mine()
    assert told.endswith("  alice made you reader of alice/of-the-inbox")
    assert advice == "    Get it with `hubshare checkout alice/of-the-inbox`."
    found = json.loads(bob.run("inbox", "--json").stdout)["notifications"]
    assert "access" in [one["kind"] for one in found if one["project"] == "alice/of-the-inbox"]
    assert bob.run("inbox", "--read").stdout.startswith("Marked as read: ")
    assert mine() == []
    assert ", read  alice made you reader" in mine("--all")[0]


def test_a_push_is_listed_and_told_step_by_step(alice: TestHome) -> None:
    folder = alice.home / "of-jobs"
    folder.mkdir()
    (folder / "a.txt").write_text("a")
    assert alice.run("share", "of-jobs").returncode == 0

    def listed() -> bool:
        said = alice.run("jobs", "-n", "500").stdout
        return any("alice/of-jobs" in line and "applied as version 1" in line for line in said.splitlines())

    wait_until(listed, "the push is listed")
    found = json.loads(alice.run("jobs", "--json", "--state", "done").stdout)["jobs"]
    [job] = [one for one in found if one["project"] == "alice/of-jobs" and one["kind"] == "push"]
    told = alice.run("jobs", job["id"])
    assert told.stdout.startswith("push to alice/of-jobs: applied as version 1\n")
    assert [line.split()[2] for line in told.stdout.splitlines()[1:]] == ["queued", "running", "done"]
    missing = alice.run("jobs", "f" * 32)
    assert missing.returncode == 1
    assert "There is no such job" in missing.stderr
