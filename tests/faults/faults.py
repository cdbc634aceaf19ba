"""What fails: each kind of fault, for how long, and how it is mended."""

from __future__ import annotations

import random
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.faults.stack import PEOPLE, Stack

#: Who fills the disk: their home is a small file system of its own.
TIGHT, TIGHT_MEGABYTES = "dave", 48
_DAY = 86_400

Fault = Callable[[Stack, random.Random], None]


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)


def _killing(kind: str) -> Fault:
    return lambda stack, random: stack.kill(kind)


def _stopping(kind: str) -> Fault:
    def act(stack: Stack, random: random.Random) -> None:
        stack.signal(kind, signal.SIGSTOP)
        _wait(random.uniform(0.5, 6))
        stack.signal(kind, signal.SIGCONT)

    return act


def _line(number: int, how: str) -> Fault:
    def act(stack: Stack, random: random.Random) -> None:
        line = stack.lines[number]
        {"cut": line.cut, "dead": line.freeze, "slow": line.slow}[how]()
        _wait(random.uniform(0.5, 6))
        line.mend()

    return act


def kill_one_worker(stack: Stack, random: random.Random) -> None:
    stack.kill_one_worker()


def kill_slow_lane(stack: Stack, random: random.Random) -> None:
    stack.kill_slow_lane()
    _wait(random.uniform(0.5, 4))
    stack.kill_slow_lane()


def flush(stack: Stack, random: random.Random) -> None:
    stack.flush()


def restart(stack: Stack, random: random.Random) -> None:
    stack.restart()


def fill(stack: Stack, random: random.Random) -> None:
    filling = stack.homes[TIGHT].home / "filling"
    with suppress(OSError), filling.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(65536))
    _wait(random.uniform(0.5, 6))
    filling.unlink()


def shift_clock(stack: Stack, random: random.Random) -> None:
    stack.clock.write_text(str(random.choice([90 * _DAY, -_DAY, 3600, -5])))
    _wait(random.uniform(0.5, 4))
    stack.clock.write_text("0")


#: All kinds, by the names that are in the table.
FAULTS: dict[str, Fault] = {
    "one worker killed": kill_one_worker,
    "slow lane killed": kill_slow_lane,
    **{f"{kind} killed": _killing(kind) for kind in ("workers", "service", "redis")},
    **{f"agent of {user} killed": _killing(user) for user in PEOPLE},
    **{f"{kind} stopped": _stopping(kind) for kind in ("workers", "service", "redis", *PEOPLE[:2])},
    **{f"line to redis {how}": _line(1, how) for how in ("cut", "dead", "slow")},
    **{f"line to the service {how}": _line(0, how) for how in ("cut", "dead", "slow")},
    "redis forgets everything": flush,
    "all restarted": restart,
    "disk full": fill,
    "clock wrong": shift_clock,
}


class TightHome:
    """A small file system for the home of who fills it, where that can be made."""

    def __init__(self, place: Path) -> None:
        self._folder = place / TIGHT
        self._folder.mkdir(parents=True)
        option = f"size={TIGHT_MEGABYTES}m"
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", option, "tmpfs", self._folder], capture_output=True)
        self.there = made.returncode == 0

    def __enter__(self) -> TightHome:
        return self

    def __exit__(self, *_: object) -> None:
        if self.there:
            # What is in it is kept for whoever looks for the cause of a fault.
            subprocess.run(["cp", "-a", self._folder, f"{self._folder}-kept"], check=False)
            subprocess.run(["umount", "-l", self._folder], check=False)
