"""People on a real Hub share a course, edit it at once, settle conflicts, and lose nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from hubshare_agents.agent_process import connect

from demo.course import files, save
from demo.stack import LocalStack
from demo.story import Step, Story
from hubshare.embedded.installation import free_port
from hubshare.testing.centre import wait_until

KINDS = ("hub", "proxy", "redis", "service", "workers", "server", "agent")


@pytest.fixture(scope="module")
def story(servers: LocalStack) -> Story:
    return Story(servers)


@pytest.mark.parametrize("step", Story.steps, ids=lambda step: step.__name__)
def test_the_story(story: Story, step: Step) -> None:
    for line in step(story):
        print(line)


def said(stack: LocalStack, user: str, *args: str | Path, **where: str) -> Any:
    """What `hubshare … --json` answers."""
    done = stack.run(user, *args, "--json", **where)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def arrives(source: Path, target: Path, name: str, content: bytes) -> None:
    save(source / name, content)
    wait_until(lambda: files(target).get(name) == content, f"{name} arrives in {target}")


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


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path leaves room for the agents' sockets below it, which `tmp_path` does not."""
    with tempfile.TemporaryDirectory(prefix="hubshare-") as folder:
        yield Path(folder)


def test_sigterm_ends_every_process(short_folder: Path) -> None:
    environment = os.environ | {
        "HUBSHARE_DATA": str(short_folder),
        "HUBSHARE_PORT": str(free_port()),
        "HUBSHARE_PASSWORD": "open sesame",
    }
    run = subprocess.Popen([sys.executable, "-m", "demo.run"], env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert run.stdout is not None
        lines = list(until_ready(run.stdout))
        assert any("open sesame" in line for line in lines)
        assert lines[-1] == f"HubShare is ready: http://127.0.0.1:{environment['HUBSHARE_PORT']}"
        stack = LocalStack(short_folder, int(environment["HUBSHARE_PORT"]))
        stack.start_server("alice")
        wait_until(lambda: listens(stack, "alice"), "alice's agent runs")
        found = {kind: stack.processes(kind) for kind in KINDS}
        assert all(found.values()), found
        assert said(stack, "alice", "share", stack.home("alice") / "course")["project"] == "alice/course"
    finally:
        run.send_signal(signal.SIGTERM)
        assert run.wait(60) == 0
        assert run.stdout is not None
        run.stdout.close()
    assert [process for processes in found.values() for process in processes if runs(process)] == []


def test_a_second_start_finds_everything_as_it_was(servers: LocalStack, shared: tuple[Path, Path]) -> None:
    alice, bob = shared
    folders = [path for user in servers.users for path in sorted(servers.home(user).glob("[!.]*"))]
    folders = [path for path in folders if path.is_dir()]
    before = {folder: files(folder) for folder in folders}
    listed = {user: said(servers, user, "list") for user in servers.users}
    versions = said(servers, "alice", "log", alice)
    port, password = servers.port, servers.password
    servers.stop()
    servers.start()
    servers.wait_ready()
    with ThreadPoolExecutor() as pool:
        list(pool.map(servers.start_server, servers.users))
    assert (servers.port, servers.password) == (port, password)
    assert {user: said(servers, user, "list") for user in servers.users} == listed
    assert said(servers, "alice", "log", alice) == versions
    assert {folder: files(folder) for folder in folders} == before
    arrives(alice, bob, "seven.txt", b"seven")
    arrives(bob, alice, "eight.txt", b"eight")


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


def runs(process: psutil.Process) -> bool:
    """Whether it runs; one that ended is still known until whoever inherited it looks."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def listens(stack: LocalStack, user: str) -> bool:
    """Whether the user's agent answers on its socket."""
    connection = connect(stack.home(user) / ".local" / "state" / "hubshare")
    if connection is not None:
        connection.close()
    return connection is not None


def until_ready(lines: Iterator[str]) -> Iterator[str]:
    """What the stack prints, up to the line that says that it is ready."""
    for line in lines:
        yield line.strip()
        if line.startswith("HubShare is ready"):
            return
