"""Finding an agent that is to end: whoever listens at its address, the server that asks goes on."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hubshare_agents.agent_process import end_running


@contextmanager
def listening(state: Path, answer: bytes) -> Iterator[None]:
    """Somebody who gives one answer at the agent's address."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.fspath(state / "agent.sock"))
        server.listen()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield
        thread.join()


def test_where_nobody_listens_there_is_nothing_to_end(tmp_path: Path) -> None:
    end_running(tmp_path)


@pytest.mark.parametrize(
    "answer", [b"", b"\n", b'{"resu', b"{}\n", b'{"result": {}}\n', b'{"result": null}\n', b"\xff\n"]
)
def test_one_that_ends_while_it_is_asked_or_does_not_say_who_it_is_is_left_alone(tmp_path: Path, answer: bytes) -> None:
    with listening(tmp_path, answer):
        end_running(tmp_path)
