"""An agent that is told to end does so, whatever it is waiting for."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hubshare_agents.agent_process import connect
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.checkout.loop import CheckoutLoop

from hubshare.testing.centre import TestHome, wait_until
from hubshare.testing.doubles import DirectClient, ListLink
from hubshare.testing.world import World


@contextmanager
def silent_service() -> Iterator[tuple[str, threading.Event]]:
    """A service that takes every request and answers none; with what is set when one has come."""
    asked, connections = threading.Event(), list[socket.socket]()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                connections.append(connection)
                if connection.recv(1):
                    asked.set()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/", asked
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in connections:
                connection.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_while_the_service_does_not_answer(
    tmp_path_factory: pytest.TempPathFactory, number: signal.Signals
) -> None:
    # A request is given a minute; an agent is given seconds.
    with silent_service() as (url, asked):
        home = TestHome(tmp_path_factory.mktemp("s"), "alice", url)
        agent = subprocess.Popen([sys.executable, "-m", "hubshare_agents"], env=home.environment)
        assert asked.wait(60)
        wait_until(lambda: (found := connect(home.lock.parent)) is not None and not found.close(), "the agent listens")
        agent.send_signal(number)
        assert agent.wait(20) == 0


def test_a_checkout_ends_at_whatever_moment_it_is_woken(tmp_path: Path) -> None:
    world = World(tmp_path)
    member = world.join("alice")
    member.local.close()

    async def play(steps: int) -> None:
        link = ListLink("alice", world.to_centre, world.snapshots)
        client = DirectClient("alice", world.centre, world.project)
        checkout = LocalCheckout(member.state, member.settings)
        loop = CheckoutLoop(checkout, link, client, member.settings)  # type: ignore[arg-type]
        loop.start()
        for _ in range(steps):
            await asyncio.sleep(0)
        loop.wake()
        stopping = asyncio.create_task(loop.stop())
        await asyncio.sleep(0)
        loop.wake()
        await stopping

    for steps in range(60):
        asyncio.run(asyncio.wait_for(play(steps), 60))
    member.local = LocalCheckout(member.state, member.settings)
    world.close()
