"""One large file on its way through everything, in a process of its own; says how much memory each step took at its peak.

Run with a folder, the file's size in MiB, and `random` or `text`; prints step to MiB as JSON.
"""

from __future__ import annotations

import filecmp
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hubshare_agents.checkout import restoring

from hubshare.config import KIB, MIB
from hubshare.git.repository import Repository
from hubshare.testing.world import World

NAME = "data/large.bin"


class Peaks:
    """How far the memory of this process grows in each step, and how long its processor works.

    Attributes:
        grown: step to MiB.
        seconds: step to seconds of the processor, without waiting for the disk.
    """

    def __init__(self) -> None:
        self.grown: dict[str, float] = {}
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure what is done meanwhile."""
        before = _reset()
        began = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        yield
        self.seconds[name] = round(resource.getrusage(resource.RUSAGE_SELF).ru_utime - began, 2)
        self.grown[name] = round((_status("VmHWM") - before) / MIB, 1)


def _reset() -> int:
    """Forget the highest size so far; return the size now. See proc(5), clear_refs."""
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * KIB for line in lines if line.startswith(f"{name}:"))


def fill(path: Path, size: int, kind: str, mark: str) -> None:
    """Write a file of `size` bytes that can be compressed, or not; another one for another mark."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        number = 0
        while file.tell() < size:
            piece = os.urandom(MIB) if kind == "random" else _lines(mark, number)
            file.write(piece[: size - file.tell()])
            number += 1


def _lines(mark: str, number: int) -> bytes:
    return "".join(f"{mark} {number * 20_000 + line},{line * line % 9973}\n" for line in range(20_000)).encode()


def play(place: Path, size: int, kind: str) -> Peaks:
    """Share, publish, pull, edit, keep and restore the file."""
    world, peaks = World(place), Peaks()
    alice, bob = world.join("alice"), world.join("bob")
    alice.write("small.txt", "small")
    world.settle()
    for version in ("first", "second"):
        fill(alice.root / NAME, size, kind, version)
        with peaks.step(f"share the {version}"):
            alice.work()
        with peaks.step(f"publish the {version}"):
            while world.to_centre:
                world.apply()
        with peaks.step(f"pull the {version}"):
            while bob.inbox:
                bob.deliver()
            bob.work()
        assert filecmp.cmp(bob.root / NAME, alice.root / NAME, shallow=False)
        world.settle()
    _conflict(world, peaks, size, kind)
    with peaks.step("put packs together"):
        Repository(world.repository.path).maintain(time.time() + 7200)
    world.close()
    return peaks


def _conflict(world: World, peaks: Peaks, size: int, kind: str) -> None:
    """Both edit it at once: bob keeps what he had, takes what is published, and restores his own."""
    alice, bob = world.members
    fill(bob.root / NAME, size, kind, "bob's")
    fill(alice.root / NAME, size, kind, "alice's")
    alice.work()
    while world.to_centre:
        world.apply()
    with peaks.step("meet in a conflict"):
        bob.work()
        world.settle()
    assert bob.conflicts() == {NAME: "edited on both sides"}
    bob.resolve("theirs", NAME)
    assert filecmp.cmp(bob.root / NAME, alice.root / NAME, shallow=False)
    kept = bob.local.index.kept(NAME)[0]
    with peaks.step("restore the own"):
        restoring.restore(bob.local, NAME, kept.entry, bob.local.stash.stream(kept))
    with peaks.step("publish the own"):
        world.settle()


if __name__ == "__main__":
    made = play(Path(sys.argv[1]), int(sys.argv[2]) * MIB, sys.argv[3])
    print(json.dumps({"grown": made.grown, "seconds": made.seconds}))
