"""Sockets at paths of any length, and for file systems that can have none; nobody else can reach them."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from pathlib import Path

import pytest
from hubshare_agents import unix_sockets
from hubshare_agents.unix_sockets import connect_to, listen, remove, serve


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await reader.readline())
    writer.close()


def _answers(path: Path, made: socket.socket) -> bool:
    """Whether somebody who asks at a path is answered."""

    def ask() -> bytes:
        with connect_to(path, 5.0) as asking:
            asking.sendall(b"there?\n")
            return asking.recv(100)

    async def run() -> bool:
        server = await serve(made, _echo)
        try:
            return await asyncio.to_thread(ask) == b"there?\n"
        finally:
            server.close()

    return asyncio.run(run())


@pytest.fixture
def no_sockets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose file system can have no sockets, as FAT and some network file systems."""
    home, bind = tmp_path / "home", socket.socket.bind

    def refuse(sock: socket.socket, address: str) -> None:
        if Path(os.readlink(Path(address).parent)).is_relative_to(home):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        bind(sock, address)

    monkeypatch.setattr(unix_sockets, "_bind_at", refuse)
    monkeypatch.setattr(unix_sockets, "_ELSEWHERE", tmp_path / "tmp")
    (tmp_path / "tmp").mkdir()
    return home


@pytest.mark.parametrize("length", [10, 107, 108, 1000])
def test_a_path_of_any_length_is_answered_at(tmp_path: Path, length: int) -> None:
    folder = tmp_path
    while len(str(folder)) < length:
        folder /= "long" * 20
    path = folder / "agent.sock"
    made = listen(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert _answers(path, made)
    remove(path)
    assert not path.exists()


def test_where_a_file_system_can_have_no_sockets_it_lies_elsewhere(no_sockets: Path) -> None:
    path = no_sockets / "agent.sock"
    made = listen(path)
    assert [one.name for one in path.parent.iterdir()] == ["agent.sock"], "it is found where it is looked for"
    assert _answers(path, made)
    (folder,) = unix_sockets._ELSEWHERE.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    remove(path)
    assert list(folder.iterdir()) == [] and not path.exists()
    with pytest.raises(FileNotFoundError):
        connect_to(path, 1.0)
    assert _answers(path, listen(path)), "another one takes its place"


def test_each_state_folder_has_its_own(no_sockets: Path) -> None:
    one, other = no_sockets / "one/agent.sock", no_sockets / "other/agent.sock"
    listen(other).close()
    assert _answers(one, listen(one))
    with pytest.raises(ConnectionRefusedError):
        connect_to(other, 1.0)


def _open_to_all(folder: Path) -> None:
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)


def _link(folder: Path) -> None:
    (folder.parent / "theirs").mkdir(mode=0o700)
    folder.symlink_to(folder.parent / "theirs")


@pytest.mark.parametrize("prepare", [_open_to_all, _link])
def test_a_folder_that_somebody_else_has_put_there_is_not_used(no_sockets: Path, prepare: object) -> None:
    assert callable(prepare)
    prepare(unix_sockets._ELSEWHERE / f"hubshare-{os.getuid()}")
    with pytest.raises(PermissionError, match="somebody else can reach it"):
        listen(no_sockets / "agent.sock")
    with pytest.raises((FileNotFoundError, ConnectionRefusedError)):
        connect_to(no_sockets / "agent.sock", 1.0)


def test_the_folder_of_another_user_is_not_used(no_sockets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listen(no_sockets / "agent.sock").close()
    monkeypatch.setattr(unix_sockets, "_mine", lambda found: False)
    with pytest.raises(PermissionError, match="somebody else can reach it"):
        listen(no_sockets / "agent.sock")
