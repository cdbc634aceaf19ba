"""Supervise one command: start it again at once when it ends (`python -m hubshare.embedded.supervise COMMAND…`).

A Hub restarts a managed service that died, but looks only every 30 seconds, and no setting changes that.
So the Hub manages this small process, which waits for its child and is woken by its end. If the Hub itself is
killed, the kernel ends both, and nothing is left that holds the port or the data.
"""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from types import FrameType

#: A child that lived shorter than this is started again after a growing pause, up to the longest one.
STEADY_SECONDS, LONGEST_PAUSE = 5.0, 5.0
#: How long a child may take to end before it is killed.
GRACE_SECONDS = 10

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Have the kernel send this process a SIGTERM when its parent ends, in whatever way (on Linux only).

    The setting survives an `exec`. To the kernel the parent is the thread that started this process.
    """
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))


class Supervisor:
    """Runs a command until told to stop by SIGTERM or SIGINT, starting it again whenever it ends.

    Args:
        command: the program and its arguments.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._child: subprocess.Popen[bytes] | None = None
        self._stopping = False
        self._paused = threading.Event()

    def run(self) -> None:
        """Supervise the command; return when told to stop and the child has ended."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGALRM, self._kill)
        pause = 0.0
        while not self._stopping:
            started = time.monotonic()
            self._child = subprocess.Popen(self._command, preexec_fn=die_with_parent)
            if self._stopping:
                self._child.terminate()
            status = self._child.wait()
            if self._stopping:
                return
            steady = time.monotonic() - started > STEADY_SECONDS
            pause = 0.0 if steady else min(LONGEST_PAUSE, pause * 2 or 0.1)
            name = " ".join(self._command)
            print(f"{name} ended with status {status}: starting it again", file=sys.stderr, flush=True)
            self._paused.wait(pause)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True
        # By another thread: this one may be interrupted in the middle of waiting, with the event's lock in its hands.
        threading.Thread(target=self._paused.set).start()
        signal.alarm(GRACE_SECONDS)
        if self._child is not None:
            self._child.terminate()

    def _kill(self, number: int, frame: FrameType | None) -> None:
        if self._child is not None:
            self._child.kill()


if __name__ == "__main__":
    die_with_parent()
    Supervisor(sys.argv[1:]).run()
