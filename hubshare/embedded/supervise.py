"""Supervise a command: start it again at once when it ends (`python -m hubshare.embedded.supervise COMMAND…`).

A Hub restarts a managed service that died, but looks only every 30 seconds, and no setting changes that.
So the Hub manages this small process, which waits for its child and is woken by its end. If the Hub itself is
killed, the kernel ends both, and nothing is left that holds the port or the data.

Processes that do the same are forked off a supervisor that has imported what they run: they share its memory, and one that is
started again is there at once.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, NoReturn

#: Of processes that do the same no more are made than this, unless they are asked for: each has connections to the database,
#: and memory.
_ALIKE_MOST = 4
#: A child that lived shorter than this is started again after a growing pause, up to the longest one.
STEADY_SECONDS, LONGEST_PAUSE = 5.0, 1.0
#: How long a child may take to end before it is killed.
GRACE_SECONDS = 10

_ENDING = frozenset({signal.SIGTERM, signal.SIGINT})
#: Blocked in the supervisor, which takes them one after the other: nothing is interrupted, and none is lost.
_AWAITED = frozenset({*_ENDING, signal.SIGCHLD, signal.SIGALRM})
_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(by: signal.Signals = signal.SIGTERM) -> None:
    """Have the kernel send this process a signal when its parent ends, in whatever way (on Linux only).

    The setting survives an `exec`. To the kernel the parent is the thread that started this process.
    """
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(by))


def processes(asked: int) -> int:
    """Return how many processes are to do the same: so many as are asked for; for 0 as many as there are cores, up to 4."""
    return asked or min(len(os.sched_getaffinity(0)), _ALIKE_MOST)


Run = Callable[[], object]


class Program(NamedTuple):
    """What a child does.

    Args:
        name: what it is called in messages.
        load: called in the supervisor before anything is forked; returns what each child calls, which ends with that.
    """

    name: str
    load: Callable[[], Run]


def command(*words: str) -> Program:
    """Return the program of a command line."""
    return Program(" ".join(words), lambda: lambda: os.execvp(words[0], words))  # noqa: S606


def loaded(module: str, *args: str, title: str, imports: Iterable[str] = ()) -> Program:
    """Return the program that is the function `main` of a module, which is imported once for all that are forked.

    On macOS, where a process may not be forked after such imports, it is `python -m MODULE ARGS…`.

    Args:
        module: name of the module.
        args: of its function, or on its command line.
        title: what `top` and `ps -o comm` call the process, up to 15 characters.
        imports: further modules that it will need; what follows a colon in such a name does not matter here.
    """
    if sys.platform != "linux":
        return command(sys.executable, "-m", module, *args)

    def load() -> Run:
        for name in imports:
            importlib.import_module(name.partition(":")[0])
        main = importlib.import_module(module).main

        def run() -> None:
            if _libc is not None:
                _libc.prctl(_PR_SET_NAME, title.encode())
            main(*args)

        return run

    return Program(title, load)


@dataclass
class _Child:
    """A program under supervision.

    Attributes:
        pid: of its process; 0 while it has none.
        due: when it was started, or is to be.
        pause: between its last end and its next start, in seconds.
    """

    name: str
    run: Run
    pid: int = 0
    due: float = 0.0
    pause: float = 0.0

    def start_again(self, reason: str) -> None:
        """Set when it is started again, and tell why."""
        print(f"{self.name} {reason}: starting it again", file=sys.stderr, flush=True)
        now = time.monotonic()
        self.pause = 0.0 if now - self.due > STEADY_SECONDS else min(LONGEST_PAUSE, self.pause * 2 or 0.1)
        self.due = now + self.pause


class Supervisor:
    """Runs programs side by side until told to stop by SIGTERM or SIGINT, starting each again whenever it ends.

    It has one thread: what is forked off it is whole, and the kernel counts the process itself for the parent.

    Args:
        programs: what is run, each in a process of its own.
        orphans: what the kernel ends them with when this process is killed.
    """

    def __init__(self, *programs: Program, orphans: signal.Signals = signal.SIGTERM) -> None:
        self._programs, self._orphans = programs, orphans
        self._children: list[_Child] = []

    def run(self) -> None:
        """Supervise the programs; return when told to stop and all have ended."""
        # A signal that nobody handles is not kept for whoever waits on every system.
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
        self._children = [_Child(program.name, program.load()) for program in self._programs]
        # What is here now is shared with all children, as long as nobody looks through it for garbage.
        gc.collect()
        gc.freeze()
        number: int = signal.SIGALRM
        while number not in _ENDING:
            for child, status in self._reap():
                child.start_again(f"ended with status {status}")
            for child in self._children:
                if not child.pid and child.due <= time.monotonic():
                    self._start(child)
            number = _wait(min((child.due for child in self._children if not child.pid), default=None))
        self._end()

    def _start(self, child: _Child) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        child.due, parent = time.monotonic(), os.getpid()
        try:
            child.pid = os.fork()
        except OSError as error:
            child.start_again(f"was not started ({error.strerror})")
            return
        if child.pid == 0:
            self._become(child.run, parent)

    def _become(self, run: Run, parent: int) -> NoReturn:
        """Be a process as if it had just been started, and run the program."""
        die_with_parent(self._orphans)
        if os.getppid() != parent:
            os._exit(1)  # the parent was killed before the kernel was told
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _AWAITED)
        run()
        sys.exit()

    def _reap(self) -> list[tuple[_Child, int]]:
        """Return the children that have ended, and how."""
        ended = []
        for child in self._children:
            if child.pid:
                pid, status = os.waitpid(child.pid, os.WNOHANG)
                if pid:
                    child.pid = 0
                    ended.append((child, os.waitstatus_to_exitcode(status)))
        return ended

    def _end(self) -> None:
        self._send(signal.SIGTERM)
        due: float | None = time.monotonic() + GRACE_SECONDS
        while any(child.pid for child in self._children):
            _wait(due)
            self._reap()
            if due is not None and due <= time.monotonic():
                self._send(signal.SIGKILL)
                due = None

    def _send(self, number: signal.Signals) -> None:
        for child in self._children:
            if child.pid:
                os.kill(child.pid, number)


def _wait(due: float | None) -> int:
    """Return the next signal; SIGALRM comes at a time of the monotonic clock, if one is given."""
    signal.setitimer(signal.ITIMER_REAL, 0 if due is None else max(due - time.monotonic(), 0.001))
    return signal.sigwait(_AWAITED)


if __name__ == "__main__":
    die_with_parent()
    Supervisor(command(*sys.argv[1:])).run()
