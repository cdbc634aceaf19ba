"""Finding the agent, and starting it where none runs."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from hubshare.errors import Unavailable
from hubshare_agents.unix_sockets import connect_to

_START_SECONDS = 20
#: An agent that starts where a home has no locks may have to wait for the silence of one before it, for example on a machine
#: that died; see `hubshare_agents.ownership`.
TAKE_OVER_SECONDS = 120


def state_folder() -> Path:
    """Return where the agent of this user keeps its state, the same as in `hubshare.config.AgentSettings`."""
    named = os.environ.get("HUBSHARE_STATE")
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(named) if named else Path(home) / "hubshare"


def socket_path(state: Path) -> Path:
    """Return where the agent of a state folder listens."""
    return state / "agent.sock"


#: What the record of an owner says when it has let go.
RELEASED = "released"
#: A start each second would come to the last one in thirty years.
_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")


def owner_records(state: Path) -> dict[int, Path]:
    """Return the records of who owned a state folder whose file system has no locks, by their numbers: the last one counts.

    A number that no count of agents comes to is no record: nobody could follow it.
    """
    named = {
        path.name.removeprefix("agent.owner").removeprefix(".") or "0": path for path in state.glob("agent.owner*")
    }
    return {int(number): path for number, path in named.items() if _NUMBER.fullmatch(number)}


def may_be_owned(state: Path) -> bool:
    """Whether a record says that an agent owns a state folder: whether it still runs, its follower finds out."""
    records = owner_records(state)
    try:
        return bool(records) and records[max(records)].read_text(errors="replace") != RELEASED
    except OSError:
        return True


def documents_folder(state: Path) -> Path:
    """Return where the Jupyter servers listen in which people edit documents together."""
    return state / "documents"


def connect(state: Path) -> socket.socket | None:
    """Return a connection to the agent of a state folder, or None where none listens."""
    try:
        made = connect_to(socket_path(state), _START_SECONDS)
    except OSError:
        return None
    made.settimeout(None)
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


def connect_or_start(state: Path, waits: Callable[[], None] = lambda: None) -> socket.socket:
    """Return a connection to the agent; one is started where none runs.

    Args:
        waits: told now and then that it waits for a sign that the agent before runs no more.

    Raises:
        Unavailable: with the reason why it did not start.
    """
    found = connect(state)
    if found is not None:
        return found
    process, began = start(state), time.monotonic()
    while (waited := time.monotonic() - began) < TAKE_OVER_SECONDS:
        if waited >= _START_SECONDS:
            if not may_be_owned(state):
                break
            waits()
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
    raise Unavailable(f"The agent did not start within {waited:.0f} s: see {state / 'agent.log'}.")


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
