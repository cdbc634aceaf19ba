"""People on a real Hub share a course, edit it at once, settle conflicts, and lose nothing."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from demo.course import save
from demo.stack import LocalStack
from demo.story import Step, Story
from hubshare.testing.centre import wait_until
from tests.helpers.stack_acts import arrives, runs, said


@pytest.fixture(scope="module")
def story(servers: LocalStack) -> Story:
    return Story(servers)


@pytest.mark.parametrize("step", Story.steps, ids=lambda step: step.__name__)
def test_the_story(story: Story, step: Step) -> None:
    for line in step(story):
        print(line)


@pytest.fixture(scope="module")
def shared(servers: LocalStack) -> tuple[Path, Path]:
    """A small folder that alice and bob keep in sync by itself."""
    alice, bob = servers.home("alice") / "small", servers.home("bob") / "small"
    alice.mkdir()
    (alice / "one.txt").write_text("one")
    said(servers, "alice", "share", alice, "--with", "bob:writer", "--auto")
    said(servers, "bob", "checkout", "alice/small", bob, "--auto")
    arrives(alice, bob, "two.txt", b"two")
    return alice, bob


def test_a_command_starts_the_agent_where_none_runs(servers: LocalStack, shared: tuple[Path, Path]) -> None:
    alice, bob = shared
    server = pid_of(servers, "server", "bob")
    agent = pid_of(servers, "agent", "bob")
    server.suspend()  # so that it is not the server's extension that starts the agent
    try:
        agent.kill()
        wait_until(lambda: not runs(agent), "the agent is dead")
        assert said(servers, "bob", "status", bob)["project"] == "alice/small"
        assert pid_of(servers, "agent", "bob") != agent
        arrives(alice, bob, "three.txt", b"three")
    finally:
        server.resume()


def test_two_servers_of_one_user_share_one_agent(servers: LocalStack, shared: tuple[Path, Path]) -> None:
    alice, bob = shared
    servers.start_server("bob", "second")
    arrives(alice, bob, "four.txt", b"four")
    for server in ("", "second"):
        assert said(servers, "bob", "status", bob, server_name=server)["lost"] is None
    # Both servers may start one at the same moment; the second gives up when it finds the checkouts owned.
    wait_until(lambda: len(of_user(servers, "agent", "bob")) == 1, "one agent is left")
    arrives(bob, alice, "five.txt", b"five")
    servers.stop_server("bob", "second")
    arrives(alice, bob, "six.txt", b"six")
    assert said(servers, "bob", "status", bob)["paused"] == ""


def test_a_conflict_that_is_edited_back_holds_nothing_up(servers: LocalStack, shared: tuple[Path, Path]) -> None:
    alice, bob = shared
    arrives(alice, bob, "back.txt", b"as it was")
    said(servers, "bob", "auto", "off", bob)
    save(alice / "back.txt", b"alice's")
    save(bob / "back.txt", b"bob's")
    wait_until(lambda: said(servers, "bob", "status", bob)["conflicts"], "bob has a conflict")
    said(servers, "bob", "push", bob)  # now the centre knows of it
    save(bob / "back.txt", b"as it was")
    said(servers, "bob", "pull", bob)
    assert (bob / "back.txt").read_bytes() == b"alice's"
    said(servers, "bob", "auto", "on", bob)
    arrives(bob, alice, "back.txt", b"bob's after all")


def pid_of(stack: LocalStack, kind: str, user: str) -> psutil.Process:
    """The user's process of a kind."""
    (found,) = of_user(stack, kind, user)
    return found


def of_user(stack: LocalStack, kind: str, user: str) -> list[psutil.Process]:
    """All processes of a kind that are the user's."""
    found = []
    for process in stack.processes(kind):
        with suppress(psutil.Error):
            if process.environ()["JUPYTERHUB_USER"] == user:
                found.append(process)
    return found
