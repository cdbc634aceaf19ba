"""Finding an agent that is to end: whoever listens at its address, the server that asks goes on."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hubshare_agents import agent_process, ownership
from hubshare_agents.agent_process import connect_or_start, end_running

from hubshare.errors import Unavailable


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


class _Starting:
    """An agent that has been started and waits for its turn."""

    def poll(self) -> int | None:
        return None


def test_a_command_waits_for_an_agent_that_waits_for_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a home has no locks, one that died on another machine has to be silent for long."""
    assert agent_process.TAKE_OVER_SECONDS > ownership.SILENT_SECONDS + ownership.OWN_SECONDS + 10
    monkeypatch.setattr(agent_process, "_START_SECONDS", 0.01)
    monkeypatch.setattr(agent_process, "start", lambda state: _Starting())
    (tmp_path / "agent.owner").write_text("[]")
    told = threading.Event()

    def own() -> None:
        assert told.wait(30)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(os.fspath(tmp_path / "agent.sock"))
            server.listen()
            server.accept()[0].close()

    owning = threading.Thread(target=own)
    owning.start()
    connect_or_start(tmp_path, told.set).close()
    owning.join()


def test_a_command_does_not_wait_that_long_where_there_are_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent_process, "_START_SECONDS", 0.01)
    monkeypatch.setattr(agent_process, "start", lambda state: _Starting())
    with pytest.raises(Unavailable, match="did not start"):
        connect_or_start(tmp_path)
