"""Finding the agent, and starting it where none runs."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hubshare.errors import Unavailable

_START_SECONDS = 20


def state_folder() -> Path:
    """Return where the agent of this user keeps its state, the same as in `hubshare.config.AgentSettings`."""
    named = os.environ.get("HUBSHARE_STATE")
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(named) if named else Path(home) / "hubshare"


def socket_path(state: Path) -> Path:
    """Return where the agent of a state folder listens."""
    return state / "agent.sock"


def documents_folder(state: Path) -> Path:
    """Return where the Jupyter servers listen in which people edit documents together."""
    return state / "documents"


def listen(path: Path) -> socket.socket:
    """Return a socket at a path of any length that only the user can reach, to be listened at."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = socket.socket(socket.AF_UNIX)
    with _short(path) as name:
        made.bind(name)
    path.chmod(0o600)
    return made


def connect_to(path: Path, seconds: float) -> socket.socket:
    """Return a connection to the socket at a path of any length; nothing that is done with it takes longer.

    Raises:
        OSError: `ConnectionRefusedError` when nobody listens there any more.
    """
    made = socket.socket(socket.AF_UNIX)
    made.settimeout(seconds)
    try:
        with _short(path) as name:
            made.connect(name)
    except OSError:
        made.close()
        raise
    return made


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """A path that is short enough for a socket, by the descriptor of its folder."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def connect(state: Path) -> socket.socket | None:
    """Return a connection to the agent of a state folder, or None where none listens."""
    made = socket.socket(socket.AF_UNIX)
    try:
        made.connect(os.fspath(socket_path(state)))
    except OSError:
        made.close()
        return None
    return made


#: Python's own allocator keeps a page for as long as anything lies in it, so an agent that has once moved much stays large;
#: the C library gives back what is free (see `hubshare_agents.memory`), the more so with few arenas.
_SMALL = {"MALLOC_ARENA_MAX": "2", "PYTHONMALLOC": "malloc"}


def start(state: Path) -> subprocess.Popen[bytes]:
    """Start an agent of its own session; its messages go to `agent.log` in the state folder."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (state / "agent.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "hubshare_agents"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
            env=os.environ | _SMALL,
        )


def connect_or_start(state: Path) -> socket.socket:
    """Return a connection to the agent; one is started where none runs.

    Raises:
        Unavailable: with the reason why it did not start.
    """
    found = connect(state)
    if found is not None:
        return found
    process, end = start(state), time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        found = connect(state)
        if found is not None:
            return found
        if process.poll() not in (None, 0):
            # Another agent may have been quicker; then its socket is there in a moment.
            found = connect(state)
            if found is not None:
                return found
            raise Unavailable(last_words(state))
        time.sleep(0.05)
    raise Unavailable(f"The agent did not start within {_START_SECONDS} s: see {state / 'agent.log'}.")


def end_running(state: Path) -> None:
    """End the agent that runs, if one does: it was started by a server that may be gone, with a token that may be dead.

    One that does not say who it is within seconds is left alone.
    """
    found = connect(state)
    if found is None:
        return
    try:
        pid = int(_ask(found)["result"]["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end and (again := connect(state)) is not None:
            again.close()
            time.sleep(0.05)


def _ask(agent: socket.socket) -> dict[str, dict[str, int]]:
    agent.settimeout(_START_SECONDS)
    with agent, agent.makefile("rwb") as stream:
        stream.write(b'{"command": "ping", "args": {}}\n')
        stream.flush()
        answer: dict[str, dict[str, int]] = json.loads(stream.readline())
    return answer


def last_words(state: Path) -> str:
    """Return the last line that agents of this state folder have logged."""
    log = state / "agent.log"
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"The agent did not start: see {log}."
