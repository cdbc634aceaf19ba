"""Supervise a command: start it again at once when it ends (`python -m hubshare.embedded.supervise COMMAND…`).

A Hub restarts a managed service that died, but looks only every 30 seconds, and no setting changes that.
So the Hub manages this small process, which waits for its child and is woken by its end. If the Hub itself is
killed, the kernel ends both, and nothing is left that holds the port or the data.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from types import FrameType

#: Of processes that do the same no more are made than this, unless they are asked for: each has connections to the database,
#: and memory.
_ALIKE_MOST = 4
#: A child that lived shorter than this is started again after a growing pause, up to the longest one.
STEADY_SECONDS, LONGEST_PAUSE = 5.0, 1.0
#: How long a child may take to end before it is killed.
GRACE_SECONDS = 10

_PR_SET_PDEATHSIG = 1
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


class Supervisor:
    """Runs commands side by side until told to stop by SIGTERM or SIGINT, starting each again whenever it ends.

    Args:
        commands: programs with their arguments.
        orphans: what the kernel ends them with when this process is killed.
        files: descriptors that they all have under the same number.
    """

    def __init__(
        self, *commands: Sequence[str], orphans: signal.Signals = signal.SIGTERM, files: Sequence[int] = ()
    ) -> None:
        self._commands, self._orphans, self._files = commands, orphans, files
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        self._stopping = threading.Event()

    def run(self) -> None:
        """Supervise the commands; return when told to stop and all have ended."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        # A child counts the thread that started it for its parent, so each has one that lives as long.
        threads = [threading.Thread(target=self._supervise, args=each) for each in enumerate(self._commands)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _supervise(self, number: int, command: Sequence[str]) -> None:
        pause, name = 0.0, " ".join(command)
        while not self._stopping.is_set():
            started = time.monotonic()
            child = subprocess.Popen(command, preexec_fn=lambda: die_with_parent(self._orphans), pass_fds=self._files)
            self._children[number] = child
            if self._stopping.is_set():
                child.terminate()
            status = child.wait()
            if self._stopping.is_set():
                return
            steady = time.monotonic() - started > STEADY_SECONDS
            pause = 0.0 if steady else min(LONGEST_PAUSE, pause * 2 or 0.1)
            print(f"{name} ended with status {status}: starting it again", file=sys.stderr, flush=True)
            self._stopping.wait(pause)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        # By another thread: this one may be interrupted in the middle of waiting, with a lock in its hands.
        threading.Thread(target=self._end, daemon=True).start()

    def _end(self) -> None:
        self._stopping.set()
        for child in list(self._children.values()):
            child.terminate()
        end = time.monotonic() + GRACE_SECONDS
        for child in list(self._children.values()):
            try:
                child.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()


if __name__ == "__main__":
    die_with_parent()
    Supervisor(sys.argv[1:]).run()
