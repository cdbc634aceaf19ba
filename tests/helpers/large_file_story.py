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
from functools import cache
from pathlib import Path

from hubshare_agents.checkout import restoring
from hubshare_agents.checkout.reading import blob_id

from hubshare.config import KIB, MIB, Limits
from hubshare.git.objects import TREE, Commit, Object, write_tree
from hubshare.git.packs import PackWriter
from hubshare.git.quarantine import Quarantine
from hubshare.git.repository import Repository
from hubshare.git.verify import verify_commits
from hubshare.sync.trees import FILE
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
        self.grown[name] = round((status_bytes("VmHWM") - before) / MIB, 1)


def _reset() -> int:
    """Forget the highest size so far; return the size now. See proc(5), clear_refs."""
    Path("/proc/self/clear_refs").write_text("5")
    return status_bytes("VmRSS")


def status_bytes(name: str) -> int:
    """A size of this process in bytes, by its name in proc(5)."""
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
    return f"{mark} {number}\n".encode() + _table()


@cache
def _table() -> bytes:
    return "".join(f"line {line},{line * line % 9973}\n" for line in range(60_000)).encode()


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
    _merge(world, peaks, size, kind)
    _push_by_git(world, peaks, place / "pushed")
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
    with peaks.step("take the other's"):
        bob.resolve("theirs", NAME)
    assert filecmp.cmp(bob.root / NAME, alice.root / NAME, shallow=False)
    kept = bob.local.index.kept(NAME)[0]
    with peaks.step("restore the own"):
        restoring.restore(bob.local, NAME, kept.entry, bob.local.stash.stream(kept))
    with peaks.step("publish the own"):
        world.settle()


def _merge(world: World, peaks: Peaks, size: int, kind: str) -> None:
    """Two publish at once: what is made of it is brought to both, and to somebody who comes later."""
    alice, bob = world.members
    alice.write("small.txt", "alice's")
    fill(bob.root / "another.bin", size, kind, "another")
    alice.work()
    with peaks.step("share beside others"):
        bob.work()
    with peaks.step("merge"):
        while world.to_centre:
            world.apply()
    with peaks.step("pull what was merged"):
        world.settle()
    carol = world.join("carol")
    with peaks.step("check out later"):
        world.settle()
    for name in (NAME, "another.bin"):
        for other in (alice, carol):
            assert filecmp.cmp(bob.root / name, other.root / name, shallow=False)


def _push_by_git(world: World, peaks: Peaks, folder: Path) -> None:
    """Look at the same file as it comes by git; what git's own processes took more than this one counts as well."""
    folder.mkdir()
    source, repository = world.members[0].root / NAME, Repository.create(folder / "r.git", "olga", 1, "Create olga/x")
    name, limits = blob_id(source), Limits()
    tree = Object(TREE, write_tree({"large.bin": (FILE, name)}))
    made = Commit(tree.id, (repository.main,), "olga", 1, "x").encode()
    pack = folder / "q" / "push.pack"
    pack.parent.mkdir()
    with pack.open("w+b") as file, source.open("rb") as content:
        writer = PackWriter(file)
        assert writer.add_stream(content, source.stat().st_size, name)
        for item in (tree, made):
            writer.add(item)
        writer.close()
    with peaks.step("push by git"), Quarantine.around(pack, repository, limits) as quarantine:
        verify_commits(quarantine.new_commits(repository.main, made.id), quarantine, limits)
        accepted = quarantine.pack(repository.main, made.id)
        accepted.install(repository)
    # A process has the size of its parent until it becomes git.
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * KIB
    peaks.grown["git's own processes"] = round((largest - status_bytes("VmHWM")) / MIB, 1)
    assert made.id in repository
    repository.close()


if __name__ == "__main__":
    made = play(Path(sys.argv[1]), int(sys.argv[2]) * MIB, sys.argv[3])
    print(json.dumps({"grown": made.grown, "seconds": made.seconds}))
