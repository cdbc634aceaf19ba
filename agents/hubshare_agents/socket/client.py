"""Asks the agent over its socket. Loads no models, so that a command is quick."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hubshare.errors import HubShareError, Unavailable, from_code
from hubshare_agents.agent_process import connect_or_start, state_folder

#: Is told what is being done, how much of it is done, and how much there is; 0 if that is not known.
ShowProgress = Callable[[str, int, int], None]


def _silent(what: str, done: int, total: int) -> None:
    """No progress to show."""


def ask(command: str, args: Mapping[str, object], progress: ShowProgress = _silent) -> Any:
    """Return the agent's answer to a command, as `hubshare.wire.socket` has it.

    Args:
        command: its name.
        args: its arguments, but for the current folder.

    Raises:
        HubShareError: what the agent answered with.
    """
    request = {"command": command, "args": {**args, "cwd": _cwd()}}
    with connect_or_start(state_folder()) as connection, connection.makefile("rwb") as stream:
        stream.write(json.dumps(request).encode() + b"\n")
        stream.flush()
        for line in stream:
            message = json.loads(line)
            if "progress" in message:
                progress(*message["progress"])
            elif "error" in message:
                raise from_code(message["error"]["code"], message["error"]["message"])
            else:
                return message["result"]
    raise Unavailable("The agent ended while it worked; nothing is lost. Run the command again.")


def _cwd() -> str:
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        raise HubShareError("The current folder is gone: change to another one.") from None
