"""`hubshare jobs`: what became of what one asked for, in a terminal."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hubshare_agents.checkout.progress import silent
from hubshare_agents.cli.main import cli
from hubshare_agents.socket.jobs import HANDLERS, carry_out

from hubshare.client import Client
from hubshare.errors import Cancelled
from hubshare.testing.centre import TestCentre, TestHome, wait_until
from hubshare.wire.socket import COMMANDS
from hubshare.wire.socket.jobs import CarryOutJobAct
from tests.helpers.dead_jobs import kill_jobs, states, tell_of_jobs


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
    assert advice == "    Check it out with `hubshare checkout alice/of-the-inbox`."
    assert bob.run("mail").stdout == "This Hub sends no mail: see `hubshare inbox`.\n"
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


def test_a_push_that_published_nothing_says_what_to_do_about_its_conflict(alice: TestHome, bob: TestHome) -> None:
    hers, his = alice.home / "of-conflicts", bob.home / "of-conflicts"
    hers.mkdir()
    (hers / "a.txt").write_text("a")
    assert alice.run("share", "of-conflicts", "--with", "bob:writer").returncode == 0
    assert bob.run("checkout", "alice/of-conflicts").returncode == 0
    for home, folder in ((alice, hers), (bob, his)):
        (folder / "a.txt").write_text(home.user)
        assert home.run("push", cwd=folder).returncode in (0, 1)

    def mine() -> list[dict[str, Any]]:
        found = json.loads(bob.run("jobs", "--json").stdout)["jobs"]
        return [one for one in found if one["project"] == "alice/of-conflicts" and one["outcome"] == "conflict"]

    wait_until(mine, "the push is listed")
    told = bob.run("jobs", mine()[0]["id"]).stdout.splitlines()
    assert told[0] == "push to alice/of-conflicts: in conflict, nothing published"
    assert "`hubshare conflicts`" in told[-1]


@pytest.fixture
def admin(centre: TestCentre, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """An admin of the Hub, whose command line reaches the part of the agent that answers it without an agent."""
    with Client(centre.url, "root+hubadmin") as client:
        agent: Any = SimpleNamespace(client=client)

        def ask(command: str, args: dict[str, Any], show: object = None) -> Any:
            wanted = COMMANDS[command]
            return wanted.write(asyncio.run(HANDLERS[command](agent, wanted.read(args), silent)))

        monkeypatch.setattr("hubshare_agents.cli.command.ask", ask)
        client.pause_jobs("kind:index", "acts are looked at")
        yield client
        client.resume_jobs("kind:index")


def run(*args: str, answer: str = "") -> Result:
    return CliRunner().invoke(cli, ["jobs", *args], input=answer)


def test_an_admin_is_shown_what_would_be_done_about_many_jobs_and_asked(centre: TestCentre, admin: Client) -> None:
    dead = kill_jobs(centre, "moved", 12)
    tell_of_jobs(centre, "moved", "failed", kind="push", error="No.")
    given = ("--state", "failed", "--user", "moved")
    listed = run(*given, "-n", "2").output.splitlines()
    assert [line.split()[-2:] for line in listed[1:3]] == [["moved", "failed"]] * 2
    assert listed[-1].startswith("`hubshare jobs --all ID` says more")
    assert run("--all", dead[0]).output.startswith("index: failed\n")
    assert "There is no such job" in run(dead[0]).output
    refused = run(*given, "--retry", answer="n\n")
    assert refused.exit_code == 1 and states(centre, dead) == ["failed"] * 12
    shown = refused.output.splitlines()
    assert shown[0] == "Retry: 13 jobs." and len([line for line in shown if " moved  failed" in line]) == 10
    assert shown[11:14] == ["  … and 3 more", "  not possible for 1: sent-again", "Retry 12 jobs? [y/N]: n"]
    preview = json.loads(run(*given, "--retry", "--json").output)
    assert (preview["count"], preview["possible"]) == (13, 12) and states(centre, dead) == ["failed"] * 12
    done = run(*given, "--retry", answer="y\n").output.splitlines()
    assert done[-2:] == ["Done: 12 of 13 jobs.", "  not possible for 1: sent-again"]
    wait_until(lambda: len([*admin.all_jobs(user="moved", state="queued")]) == 12, "they are queued")
    act = json.loads(run("--state", "queued", "--user", "moved", "--cancel", "--yes", "--json").output)
    assert (act["state"], act["done"], act["verb"]) == ("done", 12, "cancel")
    assert run("--user", "nobody", "--delete", "--yes").output.splitlines()[-1] == "There is nothing to do."
    assert "Say whose jobs are meant" in run("--state", "failed", "--delete", "--yes").output
    assert "leave the ID out" in run("--all", dead[0], "--delete", "--yes").output


def test_who_stops_waiting_stops_the_act(centre: TestCentre, admin: Client) -> None:
    tell_of_jobs(centre, "stopped", "done", 3)
    admin.pause_jobs("kind:act_on_jobs", "it is looked at half-way")

    def stopped(what: str, done: int, total: int) -> None:
        assert (what, done, total) == ("jobs", 0, 3)
        raise Cancelled("Stopped.")

    agent: Any = SimpleNamespace(client=admin)
    try:
        with pytest.raises(Cancelled):
            asyncio.run(carry_out(agent, CarryOutJobAct(verb="delete", user="stopped"), stopped))
        act = next(iter(admin.job_acts()))
        assert (act.verb, act.filter, act.state, act.done) == ("delete", {"user": "stopped"}, "cancelled", 0)
    finally:
        admin.resume_jobs("kind:act_on_jobs")
