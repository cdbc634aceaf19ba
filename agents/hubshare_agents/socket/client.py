"""Asks the agent over its socket. Loads no models, so that a command is quick."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from hubshare.errors import Cancelled, HubShareError, Paused, Unavailable, from_code
from hubshare_agents.agent_process import connect_or_start, state_folder

#: Is told what is being done, how much of it is done, and how much there is; 0 if that is not known.
ShowProgress = Callable[[str, int, int], None]

#: An agent says more often than this that it is at work.
_SILENT_SECONDS = 30.0
#: So long a command that was stopped may take to end.
_STOP_SECONDS = 10.0
_PIECE_BYTES = 65_536


def _silent(what: str, done: int, total: int) -> None:
    """No progress to show."""


def ask(command: str, args: Mapping[str, object], progress: ShowProgress = _silent) -> Any:
    """Return the agent's answer to a command, as `hubshare.wire.socket` has it. Ctrl-C stops what it has not done yet.

    Args:
        command: its name.
        args: its arguments, but for the current folder.

    Raises:
        HubShareError: what the agent answered with.
        Cancelled: when it was stopped.
        Unavailable: when the agent is silent, or ends.
    """
    request = {"command": command, "args": {**args, "cwd": _cwd()}}
    with connect_or_start(state_folder(), lambda: progress("owner", 0, 0)) as connection:
        connection.settimeout(_SILENT_SECONDS)
        lines = _Lines(connection)
        try:
            connection.sendall(json.dumps(request).encode() + b"\n")
            return _answer(lines, progress)
        except KeyboardInterrupt:
            return _stop(connection, lines, command)
        except TimeoutError:
            raise Unavailable(_hangs(connection)) from None
        except ConnectionError:
            pass
    raise Unavailable("The agent ended while it worked; nothing is lost. Run the command again.")


def _answer(lines: Iterator[bytes], progress: ShowProgress) -> Any:
    for line in lines:
        message = json.loads(line)
        if "progress" in message:
            progress(*message["progress"])
        elif "error" in message:
            raise _error(message["error"])
        else:
            return message["result"]
    raise ConnectionError


def _error(said: Mapping[str, Any]) -> HubShareError:
    error = from_code(said["code"], said["message"])
    if isinstance(error, Paused):
        error.answer, error.reason = said.get("question", ""), said.get("reason", error.message)
    return error


class _Lines:
    """What the agent says, line by line; reading goes on where it was interrupted."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection, self._read = connection, bytearray()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        while b"\n" not in self._read:
            piece = self._connection.recv(_PIECE_BYTES)
            if not piece:
                raise StopIteration
            self._read += piece
        line, _, self._read = self._read.partition(b"\n")
        return bytes(line)


def _stop(connection: socket.socket, lines: Iterator[bytes], command: str) -> Any:
    """Stop a command, and return its answer if it was done already."""
    goes_on = f"`hubshare {command}` goes on: `hubshare cancel` stops it, `hubshare status` says how far it is."
    try:
        connection.settimeout(_STOP_SECONDS)
        connection.sendall(b'{"cancel": true}\n')
        return _answer(lines, _silent)
    except (KeyboardInterrupt, OSError):
        raise Cancelled(goes_on) from None


def _hangs(connection: socket.socket) -> str:
    """Return what to do about an agent that does not answer."""
    pid, _, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    return (
        f"The agent (process {pid}) has not answered for {_SILENT_SECONDS:.0f} s; nothing is lost. If it stays so, end it with "
        f"`kill -9 {pid}` and run the command again, which starts another one."
    )


def _cwd() -> str:
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        raise HubShareError("The current folder is gone: change to another one.") from None
