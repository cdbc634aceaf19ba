"""Agents and commands that begin at once: forked off a process that has imported what they need, most of what a start takes.

That they start as people start them is seen where the server extension or a Hub does it, and where a command is interrupted.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from pathlib import Path
from tempfile import TemporaryDirectory

_FORKING = multiprocessing.get_context("forkserver")
_GROUPS = "access conflicts forks history imports inbox jobs main mirrors offers projects servers sharing syncing teams tokens"
_FORKING.set_forkserver_preload(
    ["hubshare_agents.__main__", *(f"hubshare_agents.cli.{name}" for name in [*_GROUPS.split(), "webhooks"])]
)
#: What a command is given to end.
_COMMAND_SECONDS = 180
#: How a process has ended can be read once, and whoever starts another one reads of all: threads do that one after the other.
_READING = threading.Lock()


class _Forked:
    """A process that was forked off.

    Args:
        run: what it does.
        args: with what.
    """

    def __init__(self, run: Callable[..., None], *args: object) -> None:
        # What is left when the tests end is ended.
        self._process = _FORKING.Process(target=run, args=args, daemon=True)
        with _READING:
            self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """How it has ended; None while it runs."""
        with _READING:
            return self._process.exitcode

    def wait(self, seconds: float) -> int:
        """How it has ended, once it has.

        Raises:
            subprocess.TimeoutExpired: it runs on.
        """
        wait([self._process.sentinel], seconds)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(self._process.name, seconds)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if self.poll() is None:
            os.kill(self.pid, number)


class ForkedAgent(_Forked):
    """An agent in a process of its own, with what tests use of `subprocess.Popen`.

    Args:
        environment: all of it.
        log: where its messages go.
    """

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        super().__init__(_agent, environment, str(log))


def run_command(environment: dict[str, str], cwd: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run `hubshare` with these arguments, and nothing to read.

    Raises:
        subprocess.TimeoutExpired: it did not end.
    """
    with TemporaryDirectory() as folder:
        said, complaint = Path(folder, "stdout"), Path(folder, "stderr")
        process = _Forked(_command, environment, str(cwd), args, str(said), str(complaint))
        try:
            code = process.wait(_COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            raise
        return subprocess.CompletedProcess(["hubshare", *args], code, said.read_text(), complaint.read_text())


def _agent(environment: dict[str, str], log: str) -> None:
    _become(environment, {2: log})
    from hubshare_agents.__main__ import main

    main()


def _command(environment: dict[str, str], cwd: str, args: tuple[str, ...], said: str, complaint: str) -> None:
    _become(environment, {1: said, 2: complaint})
    os.chdir(cwd)
    sys.argv = ["hubshare", *args]
    from hubshare.__main__ import main

    main()


def _become(environment: dict[str, str], files: dict[int, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    for number, path in files.items():
        with Path(path).open("ab") as file:
            os.dup2(file.fileno(), number)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
