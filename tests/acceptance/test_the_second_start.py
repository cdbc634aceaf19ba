"""The stack is started once more, as `make run` does: all is as it was, idle servers are stopped, and SIGTERM ends everything.

It comes last of these tests: afterwards the stack does not run.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import pytest
from hubshare_agents.agent_process import connect
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from demo.course import files
from demo.stack import LocalStack
from hubshare.testing.centre import wait_until
from tests.helpers.stack_acts import arrives, runs, said

KINDS = ("hub", "proxy", "redis", "service", "workers", "server", "agent")
#: For so long a server may be idle here, in seconds.
TIMEOUT = 6
POLLS = ("api/kernels", "api/sessions", "api/contents?content=1", "api/terminals")
#: Of the servers of alice and bob after the second start: they look and report each second.
QUICK = {"HubShareExtension": {"look_seconds": 1}, "JupyterHubSingleUser": {"hub_activity_interval": 1}}


class SecondStart(NamedTuple):
    """The stack at its second start.

    Args:
        run: the program of `make run`.
        lines: what it has printed until it was ready.
        before: what there was before it.
        folders: a small folder that alice and bob keep in sync by itself.
    """

    run: subprocess.Popen[str]
    lines: list[str]
    before: Any
    folders: tuple[Path, Path]


@pytest.fixture(scope="module")
def second(servers: LocalStack) -> Iterator[SecondStart]:
    """End the stack, and start it again on its folder and port, with another password."""
    alice, bob = folders = servers.home("alice") / "again", servers.home("bob") / "again"
    alice.mkdir()
    (alice / "one.txt").write_text("one")
    said(servers, "alice", "share", alice, "--with", "bob:writer", "--auto")
    said(servers, "bob", "checkout", "alice/again", bob, "--auto")
    arrives(alice, bob, "two.txt", b"two")
    before = state(servers, alice)
    servers.stop()
    for user in ("alice", "bob"):
        settings = servers.home(user) / ".jupyter" / "jupyter_server_config.json"
        settings.parent.mkdir(exist_ok=True)
        settings.write_text(json.dumps(QUICK))
    given = {"HUBSHARE_DATA": servers.data, "HUBSHARE_PORT": servers.port, "HUBSHARE_PASSWORD": "open sesame"}
    environment = os.environ | {name: str(value) for name, value in given.items()}
    run = subprocess.Popen([sys.executable, "-m", "demo.run"], env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert run.stdout is not None
        yield SecondStart(run, list(until_ready(run.stdout)), before, folders)
    finally:
        if run.poll() is None:
            run.terminate()
        run.communicate(timeout=60)


@pytest.fixture(scope="module")
def again(second: SecondStart, servers: LocalStack) -> LocalStack:
    """The stack after its second start, with running servers."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(servers.start_server, servers.users))
    return servers


def state(stack: LocalStack, folder: Path) -> Any:
    """All that people have, and what they are told of it."""
    homes = [path for user in stack.users for path in sorted(stack.home(user).glob("[!.]*"))]
    return {
        "files": {path: files(path) for path in homes if path.is_dir()},
        "list": {user: said(stack, user, "list") for user in stack.users},
        "versions": said(stack, "alice", "log", folder),
    }


def until_ready(lines: Iterator[str]) -> Iterator[str]:
    """What the stack prints, up to the line that says that it is ready."""
    for line in lines:
        yield line.strip()
        if line.startswith("HubShare is ready"):
            return


def test_a_second_start_finds_everything_as_it_was(second: SecondStart, again: LocalStack) -> None:
    assert second.lines[-1] == f"HubShare is ready: {again.url}"
    assert any("open sesame" in line for line in second.lines)
    alice, bob = second.folders
    assert state(again, alice) == second.before
    arrives(alice, bob, "three.txt", b"three")
    arrives(bob, alice, "four.txt", b"four")


@contextmanager
def forgotten_tab(stack: LocalStack, user: str) -> Iterator[str]:
    """A tab of JupyterLab that nobody looks at: its kernel is connected, lists are asked for all the time; gives the kernel."""
    headers, base = {"Authorization": f"token {stack.token(user)}"}, f"{stack.url}/user/{user}/"
    kernel: str = httpx.post(f"{base}api/kernels", headers=headers, json={}, timeout=30).json()["id"]
    closed, asked = threading.Event(), threading.Event()

    async def stay() -> None:
        request = HTTPRequest(f"{base.replace('http', 'ws', 1)}api/kernels/{kernel}/channels", headers=headers)
        connection: WebSocketClientConnection = await websocket_connect(request)
        async with httpx.AsyncClient(headers=headers, timeout=30) as client:
            while not closed.is_set():
                for path in POLLS:
                    answer = await client.get(f"{base}{path}")
                    if answer.is_success:
                        asked.set()
                await asyncio.sleep(0.5)
        connection.close()

    thread = threading.Thread(target=lambda: asyncio.run(stay()))
    thread.start()
    try:
        assert asked.wait(30)
        yield kernel
    finally:
        closed.set()
        thread.join()


async def compute(stack: LocalStack, user: str, kernel: str) -> None:
    """Have a kernel compute for long without a word."""
    url = f"{stack.url.replace('http', 'ws', 1)}/user/{user}/api/kernels/{kernel}/channels"
    connection = await websocket_connect(HTTPRequest(url, headers={"Authorization": f"token {stack.token(user)}"}))
    header = {"msg_id": uuid4().hex, "msg_type": "execute_request", "session": "s", "username": "", "version": "5.3"}
    content = {"code": "import time; time.sleep(600)", "silent": False, "store_history": False}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
    await connection.write_message(json.dumps(message))
    async with asyncio.timeout(30):
        # It is busy for a moment with what each connection asks by itself, too.
        told: dict[str, Any] = {}
        while told.get("parent_header", {}).get("msg_id") != header["msg_id"]:
            told = json.loads(await connection.read_message() or "{}")
    connection.close()


def serves(stack: LocalStack, user: str) -> bool:
    """Whether the user's server runs."""
    return bool(stack.api("GET", f"users/{user}")["servers"])


def test_a_forgotten_tab_is_idle_and_a_silent_computation_is_not(again: LocalStack) -> None:
    """The real culler stops a server of which only a forgotten tab is left, and none whose kernel computes in silence."""
    with forgotten_tab(again, "alice"), forgotten_tab(again, "bob") as kernel:
        asyncio.run(compute(again, "bob", kernel))
        environment = os.environ | {"JUPYTERHUB_API_TOKEN": again.token("admin"), "HUBSHARE_URL": again.service_url}
        options = [f"--timeout={TIMEOUT}", "--cull-every=1", f"--url={again.url}/hub/api"]
        culler = subprocess.Popen([sys.executable, "-m", "hubshare.culling", *options], env=environment)
        try:
            wait_until(lambda: not serves(again, "alice"), "the server of the forgotten tab is stopped", 60)
            headers = {"Authorization": f"token {again.token('bob')}"}
            interrupted = f"{again.url}/user/bob/api/kernels/{kernel}/interrupt"
            assert serves(again, "bob") and httpx.post(interrupted, headers=headers, timeout=30).is_success
            wait_until(lambda: not serves(again, "bob"), "and the other one when its kernel has ended", 60)
        finally:
            culler.terminate()
            culler.wait(30)


def test_sigterm_ends_every_process(second: SecondStart, again: LocalStack) -> None:
    again.start_server("alice")
    wait_until(lambda: listens(again, "alice"), "alice's agent runs")
    found = {kind: again.processes(kind) for kind in KINDS}
    assert all(found.values()), found
    second.run.send_signal(signal.SIGTERM)
    assert second.run.wait(60) == 0
    assert [process for processes in found.values() for process in processes if runs(process)] == []


def listens(stack: LocalStack, user: str) -> bool:
    """Whether the user's agent answers on its socket."""
    connection = connect(stack.home(user) / ".local" / "state" / "hubshare")
    if connection is not None:
        connection.close()
    return connection is not None
