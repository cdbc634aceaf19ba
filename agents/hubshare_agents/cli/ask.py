"""Asks the agent over its socket, and shows progress on the way."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hubshare.errors import HubShareError, Unavailable, from_code
from hubshare_agents.agent_process import connect_or_start, state_folder

_WORDS = {
    "scan": "Looking at the folder",
    "pack": "Packing",
    "upload": "Uploading",
    "download": "Downloading",
    "write": "Writing files",
}


def ask(command: str, args: dict[str, Any], quiet: bool) -> Any:
    """The agent's answer to a command.

    Args:
        command: one of `hubshare_agents.control.COMMANDS`.
        args: its arguments.
        quiet: show no progress.

    Raises:
        HubShareError: what the agent answered with.
    """
    request = {"command": command, "args": args | {"cwd": _cwd()}}
    with connect_or_start(state_folder()) as connection, connection.makefile("rwb") as stream:
        stream.write(json.dumps(request).encode() + b"\n")
        stream.flush()
        with _Bar(quiet or not sys.stderr.isatty()) as bar:
            for line in stream:
                message = json.loads(line)
                if "progress" in message:
                    bar.show(*message["progress"])
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


class _Bar:
    """A progress bar on the terminal, made only when there is progress to show."""

    def __init__(self, off: bool) -> None:
        self._off = off
        self._progress: Any = None
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def show(self, what: str, done: int, total: int) -> None:
        if self._off:
            return
        if self._progress is None:
            self._progress = self._begin()()
            self._progress.start()
        if what not in self._tasks:
            for earlier in self._tasks.values():
                self._progress.update(earlier, visible=False)
            self._tasks[what] = self._progress.add_task(_WORDS.get(what, what), total=total or None)
        self._progress.update(self._tasks[what], completed=done, total=total or None)

    @staticmethod
    def _begin() -> Callable[[], Any]:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        return lambda: Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
