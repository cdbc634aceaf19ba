"""The real culler stops a server of which only a forgotten tab is left, and none whose kernel computes in silence."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from demo.stack import LocalStack
from hubshare.testing.centre import wait_until
from tests.helpers.one_of_each import ONE_OF_EACH

#: For so long a server may be idle here, in seconds.
TIMEOUT = 6
POLLS = ("api/kernels", "api/sessions", "api/contents?content=1", "api/terminals")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[LocalStack]:
    """A Hub of its own, since the culler stops whatever it finds, with servers that look and report each second."""
    users = ("alice", "bob")
    for user in users:
        settings = tmp_path / "home" / user / ".jupyter" / "jupyter_server_config.json"
        settings.parent.mkdir(parents=True)
        settings.write_text(json.dumps({"HubShareExtension": {"look_seconds": 1}}))
    environment = ONE_OF_EACH | {"JUPYTERHUB_ACTIVITY_INTERVAL": "1"}
    with LocalStack(tmp_path, users=users, environment=environment) as stack:
        with ThreadPoolExecutor() as pool:
            list(pool.map(stack.start_server, users))
        yield stack


@contextmanager
def forgotten_tab(hub: LocalStack, user: str) -> Iterator[str]:
    """A tab of JupyterLab that nobody looks at: its kernel is connected, lists are asked for all the time; gives the kernel."""
    headers, base = {"Authorization": f"token {hub.token(user)}"}, f"{hub.url}/user/{user}/"
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


async def compute(hub: LocalStack, user: str, kernel: str) -> None:
    """Have a kernel compute for long without a word."""
    url = f"{hub.url.replace('http', 'ws', 1)}/user/{user}/api/kernels/{kernel}/channels"
    connection = await websocket_connect(HTTPRequest(url, headers={"Authorization": f"token {hub.token(user)}"}))
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


def runs(hub: LocalStack, user: str) -> bool:
    return bool(hub.api("GET", f"users/{user}")["servers"])


def test_a_forgotten_tab_is_idle_and_a_silent_computation_is_not(hub: LocalStack) -> None:
    with forgotten_tab(hub, "alice"), forgotten_tab(hub, "bob") as kernel:
        asyncio.run(compute(hub, "bob", kernel))
        environment = os.environ | {"JUPYTERHUB_API_TOKEN": hub.token("admin"), "HUBSHARE_URL": hub.service_url}
        options = [f"--timeout={TIMEOUT}", "--cull-every=1", f"--url={hub.url}/hub/api"]
        culler = subprocess.Popen([sys.executable, "-m", "hubshare.culling", *options], env=environment)
        try:
            wait_until(lambda: not runs(hub, "alice"), "the server of the forgotten tab is stopped", 60)
            headers = {"Authorization": f"token {hub.token('bob')}"}
            interrupted = f"{hub.url}/user/bob/api/kernels/{kernel}/interrupt"
            assert runs(hub, "bob") and httpx.post(interrupted, headers=headers, timeout=30).is_success
            wait_until(lambda: not runs(hub, "bob"), "and the other one when its kernel has ended", 60)
        finally:
            culler.terminate()
            culler.wait(30)
