"""Ctrl-C and `hubshare cancel`: what was not sent is not published, and what was sent is said to go on."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hubshare_agents.agent_process import connect

from hubshare.testing.centre import TestCentre, wait_until
from tests.helpers.centre_fixture import Home, published
from tests.helpers.command_line import gives, says
from tests.helpers.git_client import project_of

MANY: dict[str, bytes | str] = {f"{number // 100}/{number}.txt": f"private {number}" for number in range(3000)}


@contextmanager
def asking(home: Home, command: str, **args: object) -> Iterator[socket.socket]:
    """A command that is under way, and goes away with its connection."""
    connection = connect(home.state)
    assert connection is not None
    with connection:
        connection.sendall(json.dumps({"command": command, "args": {"cwd": str(home.home)} | args}).encode() + b"\n")
        yield connection


def until(connection: socket.socket, what: str) -> None:
    """Read what a command says until it does something."""
    with connection.makefile("rb") as stream:
        for line in stream:
            message = json.loads(line)
            assert "progress" in message, message
            if message["progress"][0] == what:
                return
    raise AssertionError(f"it never came to {what}")


@contextmanager
def busy_centre(centre: TestCentre, project: str) -> Iterator[None]:
    """A centre that cannot answer pushes to a project for now."""
    with centre.centre.repositories.locked(project_of(centre, project).id):
        yield


def test_whoever_goes_away_while_a_private_folder_is_packed_publishes_nothing(alice: Home, centre: TestCentre) -> None:
    made = alice.folder("private", MANY)
    with asking(alice, "share", folder=str(made)) as command:
        until(command, "pack")
    wait_until(lambda: "not in a shared folder" in alice.run("status", str(made)).stderr, "the folder is let go")
    assert published(centre, "alice/private") == {}
    assert gives(alice, "share", str(made))["pushed"] == len(MANY), "and once more works"


def test_ctrl_c_stops_a_push_that_waits_for_its_turn(alice: Home, centre: TestCentre) -> None:
    made, _ = alice.share("waiting", {"a.txt": "a"})
    (made / "a.txt").write_text("b")
    with busy_centre(centre, "alice/waiting"), asking(alice, "push", folder=str(made)) as first:
        until(first, "sent")
        second = alice.begin("push", str(made))
        wait_until(lambda: "wait" in said_of(alice, str(made)), "the second one waits")
        second.send_signal(signal.SIGINT)
        said, complaint = second.communicate(timeout=60)
        assert (second.returncode, said) == (130, "")
        assert complaint == "hubshare: `hubshare push` was cancelled; what it had not done yet is not done.\n"
    wait_until(lambda: published(centre, "alice/waiting") == {"a.txt": b"b"}, "what was sent goes on")


def said_of(home: Home, folder: str) -> str:
    """What two commands in one folder do, as far as a third one can know."""
    agent = connect(home.state)
    assert agent is not None
    with agent:
        agent.sendall(json.dumps({"command": "status", "args": {"cwd": folder}}).encode() + b"\n")
        with agent.makefile("rb") as stream:
            return " ".join(line.decode() for line in stream)


def test_status_says_what_is_under_way_and_does_not_wait_for_it(alice: Home, centre: TestCentre) -> None:
    made, _ = alice.share("under-way", {"a.txt": "a"})
    (made / "a.txt").write_text("b")
    with busy_centre(centre, "alice/under-way"), asking(alice, "push", folder=str(made)) as command:
        until(command, "sent")
        said = says(alice, "status", str(made))
        assert "Busy: `hubshare push` has been under way for" in said and "waiting for the Hub's answer" in said
        assert "`hubshare cancel` stops it" in said and "Everything is in sync" not in said
        assert "hubshare push" in gives(alice, "status", str(made))["busy"]
    wait_until(lambda: gives(alice, "status", str(made))["busy"] == "", "the push has ended")


def test_ctrl_c_after_a_push_was_sent_says_that_it_goes_on(alice: Home, centre: TestCentre) -> None:
    made, _ = alice.share("sent", {"a.txt": "a"})
    (made / "a.txt").write_text("b")
    with busy_centre(centre, "alice/sent"):
        push = alice.begin("push", str(made))
        wait_until(lambda: "answer" in gives(alice, "status", str(made))["busy"], "it was sent")
        push.send_signal(signal.SIGINT)
        said, complaint = push.communicate(timeout=60)
        assert (push.returncode, said) == (130, "")
        assert "The push to alice/sent was sent already and goes on" in complaint and "Aborted" not in complaint
    wait_until(lambda: published(centre, "alice/sent") == {"a.txt": b"b"}, "it goes on")


def test_cancel_stops_a_command_of_another_terminal(alice: Home, centre: TestCentre) -> None:
    made, _ = alice.share("elsewhere", {"a.txt": "a"})
    (made / "a.txt").write_text("b")
    with busy_centre(centre, "alice/elsewhere"):
        push = alice.begin("push", str(made))
        wait_until(lambda: "answer" in gives(alice, "status", str(made))["busy"], "it was sent")
        assert says(alice, "cancel", cwd=made) == "Stopped `hubshare push`.\n"
        _, complaint = push.communicate(timeout=60)
        assert push.returncode == 130 and "goes on" in complaint
    assert says(alice, "cancel", cwd=made) == f"Nothing is under way in ~/{made.name}.\n"


def test_cancel_stops_what_auto_is_sending(alice: Home, centre: TestCentre) -> None:
    made, _ = alice.share("auto-cancelled", {"a.txt": "a"}, auto=True)
    for path, text in MANY.items():
        target = made / path
        target.parent.mkdir(exist_ok=True)
        target.write_text(str(text))
    said = ""
    while "by itself" not in said and len(published(centre, "alice/auto-cancelled")) < len(MANY):
        said = says(alice, "cancel", cwd=made)
    if "by itself" in said:
        assert gives(alice, "status", str(made))["mode"] == "manual"
        assert "`hubshare auto on` goes on with it" in said
    assert gives(alice, "push", str(made))["project"] == "alice/auto-cancelled"
    assert len(published(centre, "alice/auto-cancelled")) == len(MANY) + 1


@pytest.mark.parametrize("command", ["status", "push", "pull", "list", "cancel"])
def test_an_agent_that_hangs_is_named_in_time(
    homes: object, alice: Home, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    assert alice.process is not None
    from hubshare_agents.socket import client

    from hubshare.errors import Unavailable

    for name, value in alice.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(client, "_SILENT_SECONDS", 0.5)
    alice.process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(Unavailable, match=rf"The agent \(process {alice.process.pid}\) has not answered"):
            client.ask(command, {})
    finally:
        alice.process.send_signal(signal.SIGCONT)
    wait_until(lambda: alice.ask("ping"), "it goes on")
