"""`make bench`: what sharing costs, measured over a real Hub, as a table.

Figures that are to be compared are taken in turn in one run (A, B, A, B, …), so that their ratio holds on a machine whose
speed drifts. Absolute times say what this machine gave today.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from demo.course import write_course
from demo.stack import LocalStack
from hubshare.testing.centre import wait_until
from tests.bench import access
from tests.bench.crowd import crowd
from tests.bench.events import events
from tests.bench.imports import imports
from tests.bench.jobs import jobs
from tests.bench.journal import journal
from tests.bench.lsyncd import mirrored
from tests.bench.neighbours import neighbours
from tests.bench.pages import pages
from tests.bench.panel import panel
from tests.bench.pushes import pushes

MANY = 10_000
MANY_BYTES = 60_000_000
SAVES = 200
NOTEBOOK_BYTES = 20_000
IDLE_SECONDS = 60.0
#: Saves come this far apart, so that each is one push: as quick as a person who never stops saving.
PAUSE_SECONDS = 0.15
#: How often is looked whether a save has arrived.
_LOOK_SECONDS = 0.002

Row = tuple[str, str, str, bool | None]


def main() -> None:
    """Measure, print the table, exit 1 when a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--saves", type=int, default=SAVES)
    parser.add_argument("--idle", type=float, default=IDLE_SECONDS)
    options = parser.parse_args()
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="hubshare-bench-") as place:
        console.print("Starting a Hub …")
        with LocalStack(Path(place) / "data", users=("alice", "bob")) as stack:
            for user in stack.users:
                stack.start_server(user)
            bench = Bench(stack, console)
            rows = [*bench.bulk(), *bench.saves(options.saves), *bench.idle(options.idle)]
            console.print("Opening a project with a whole class …")
            rows += crowd(stack, "alice", "many")
        for row in rows:
            console.print(*row[:3], sep=" · ")
        console.print("Filling a database with many people, teams and projects …")
        many = Path(place) / "many"
        many.mkdir()
        more = access.measure(many)
        for row in more:
            console.print(*row[:3], sep=" · ")
        rows += more
    console.print("Pushing, and pushing with git …")
    rows += [*pushes(), *journal()]
    rows += pages(console)
    console.print("Loading JupyterLab with the panel and without it …")
    rows += panel(console)
    console.print("Making projects of a repository on the internet …")
    rows += imports()
    console.print("Telling other programs what happens …")
    rows += events()
    console.print("Saving beside somebody who does the worst …")
    rows += neighbours()
    console.print("Looking into a journal of a million jobs …")
    rows += jobs(console)
    table = Table("what", "measured", "promised", title="HubShare, measured")
    for what, measured, promised, kept in rows:
        table.add_row(what, measured, promised, style="red" if kept is False else "")
    Console(width=120).print(table)
    sys.exit(any(kept is False for _, _, _, kept in rows))


class Bench:
    """The measurements, over one stack with two people.

    Args:
        stack: ready, with the servers of alice and bob running.
        console: where progress is told.
    """

    def __init__(self, stack: LocalStack, console: Console) -> None:
        self._stack, self._console = stack, console
        self._alice, self._bob = stack.home("alice"), stack.home("bob")

    def bulk(self) -> list[Row]:
        """Whole projects: the course, and ten thousand small files, next to what git itself takes for them."""
        write_course(self._alice / "course")
        course = self._timed("alice", "share", "course", "--with", "bob:writer", "--auto")
        self._run("bob", "checkout", "alice/course", "--auto")
        write_many(self._alice / "many")
        share = self._timed("alice", "share", "many", "--with", "bob:writer", "--auto")
        checkout = self._timed("bob", "checkout", "alice/many", "--auto")
        push, clone = git_times(self._alice / "many")
        return [
            ("share a course of notebooks", f"{course:.2f} s", "< 3 s", course < 3),
            (f"share {MANY:,} files, 60 MB", f"{share:.1f} s", "< 20 s", share < 20),
            (f"check out {MANY:,} files, 60 MB", f"{checkout:.1f} s", "< 20 s", checkout < 20),
            ("  share / git add, commit and push to a local path", f"{share / push:.2f}×", "", None),
            ("  check out / git clone from a local path", f"{checkout / clone:.2f}×", "", None),
        ]

    def saves(self, count: int) -> list[Row]:
        """A save by Alice until Bob can read it: in the course, among ten thousand files and with lsyncd, in turn."""
        savers = [self._saver("course", "bench.ipynb"), self._saver("many", "folder-07/bench.ipynb")]
        with tempfile.TemporaryDirectory(prefix="hubshare-lsyncd-") as place, mirrored(Path(place)) as other:
            if other is not None:
                savers.append(_saver(other[0] / "bench.ipynb", other[1] / "bench.ipynb"))
            taken: list[list[float]] = [[] for _ in savers]
            for number in range(-5, count):
                for save, times in zip(savers, taken, strict=True):
                    elapsed = save()
                    if number >= 0:
                        times.append(elapsed)
                if number % 20 == 0:
                    self._console.print(f"{max(number, 0)} of {count} saves")
        (p50, p95), (many50, many95), *others = (quantiles(times) for times in taken)
        ratio = many50 / p50
        beside = p50 / others[0][0] if others else 0.0
        return [
            (f"save until visible, {count} saves of 20 KB: p50", f"{p50:.0f} ms", "≤ 80 ms", p50 <= 80),
            ("  p95", f"{p95:.0f} ms", "≤ 200 ms", p95 <= 200),
            (
                "  HubShare / lsyncd that copies on the same disk, p50",
                f"{beside:.2f}× (lsyncd: {others[0][0]:.0f} ms)" if others else "lsyncd is not installed",
                "",
                None,
            ),
            (f"  among {MANY:,} files: p50 / p95", f"{many50:.0f} / {many95:.0f} ms", "", None),
            (f"  among {MANY:,} files / in the course, p50", f"{ratio:.2f}×", "≤ 1.5×", ratio <= 1.5),
        ]

    def idle(self, seconds: float) -> list[Row]:
        """What agents and workers cost while nothing happens: first with nothing left to do, then for a while."""
        self._console.print(f"Letting everything rest, then watching for {seconds:.0f} s")
        self._rest()
        agents, workers = self._stack.processes("agent"), self._stack.processes("workers")
        before = {process: cpu(process) for process in [*agents, *workers]}
        time.sleep(seconds)
        share = {process: (cpu(process) - used) / seconds * 100 for process, used in before.items()}
        agent = max(share[process] for process in agents)
        worker = sum(share[process] for process in workers)
        memory = max(process.memory_full_info().pss for process in agents) / 1_000_000
        return [
            ("idle agent (2 watched checkouts): memory, PSS", f"{memory:.0f} MB", "≤ 60 MB", memory <= 60),
            ("idle agent: processor", f"{agent:.2f} %", "< 0.5 %", agent < 0.5),
            ("idle workers: processor", f"{worker:.2f} %", "< 1 %", worker < 1),
        ]

    def _rest(self) -> None:
        """Wait until nobody has used the processor for a while; a watcher turns calm after half a minute."""
        processes = [*self._stack.processes("agent"), *self._stack.processes("workers")]

        def quiet() -> bool:
            used = sum(cpu(process) for process in processes)
            time.sleep(5)
            return sum(cpu(process) for process in processes) - used < 0.15

        time.sleep(35)
        wait_until(quiet, "agents and workers are idle", 120)

    def _saver(self, project: str, name: str) -> Callable[[], float]:
        return _saver(self._alice / project / name, self._bob / project / name)

    def _timed(self, user: str, *args: str) -> float:
        self._console.print(f"{user}: hubshare {' '.join(args)}")
        start = time.perf_counter()
        self._run(user, *args)
        return time.perf_counter() - start

    def _run(self, user: str, *args: str) -> None:
        done = self._stack.run(user, *args)
        if done.returncode:
            raise RuntimeError(f"hubshare {' '.join(args)}: {done.stderr}")


def _saver(here: Path, there: Path) -> Callable[[], float]:
    """Return what saves a notebook here and waits until it is there; in ms."""

    def save() -> float:
        content = notebook()
        start = time.perf_counter()
        save_as_jupyter(here, content)
        while not (there.is_file() and there.read_bytes() == content):
            if time.perf_counter() - start > 30:
                raise TimeoutError(f"{here} does not arrive.")
            time.sleep(_LOOK_SECONDS)
        elapsed = (time.perf_counter() - start) * 1000
        time.sleep(PAUSE_SECONDS)
        return elapsed

    return save


def write_many(root: Path) -> None:
    """Ten thousand small files, 60 MB, in a hundred folders; content that compresses as text does."""
    chooser = random.Random(1)
    words = [chooser.randbytes(4).hex() for _ in range(2000)]
    for number in range(MANY):
        path = root / f"folder-{number % 100:02}" / f"file-{number:05}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = " ".join(chooser.choices(words, k=MANY_BYTES // MANY // 9))
        path.write_text(f"{number}\n{text}\n")


def notebook() -> bytes:
    """A notebook of 20 KB, new each time, half of it output that does not compress well."""
    source = [f"value_{number} = {random.random()}\n" for number in range(150)]
    output = os.urandom(NOTEBOOK_BYTES // 4).hex()
    cell = {
        "cell_type": "code",
        "execution_count": 1,
        "id": "one",
        "metadata": {},
        "outputs": [{"name": "stdout", "output_type": "stream", "text": [output]}],
        "source": source,
    }
    content = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content, indent=1).encode()[: NOTEBOOK_BYTES + 1000]


def save_as_jupyter(path: Path, content: bytes) -> None:
    """Save the way Jupyter Server does: a copy of the old file aside, write in place, flush, remove the copy."""
    aside = path.with_name(f".~{path.name}")
    if path.exists():
        aside.write_bytes(path.read_bytes())
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.unlink(missing_ok=True)


def git_times(folder: Path) -> tuple[float, float]:
    """Seconds that git takes to publish a folder to a bare repository on the same disk, and to clone it."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        bare, work = f"{place}/bare.git", ["git", f"--git-dir={place}/own", f"--work-tree={folder}"]
        plain = {"check": True, "capture_output": True}
        subprocess.run(["git", "init", "-q", "--bare", bare], **plain)
        subprocess.run(["git", "init", "-q", "--bare", f"{place}/own"], **plain)
        start = time.perf_counter()
        subprocess.run([*work, "add", "--all"], cwd=folder, **plain)
        author = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
        subprocess.run([*work, *author, "commit", "-q", "-m", "all"], **plain)
        subprocess.run([*work, "push", "-q", bare, "HEAD:refs/heads/main"], **plain)
        push = time.perf_counter() - start
        start = time.perf_counter()
        subprocess.run(["git", "clone", "-q", "--no-local", "-b", "main", bare, f"{place}/clone"], **plain)
        return push, time.perf_counter() - start


def cpu(process: psutil.Process) -> float:
    """Processor seconds that a process has used."""
    used = process.cpu_times()
    return used.user + used.system


def quantiles(times: list[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    return statistics.median(times), statistics.quantiles(times, n=20)[18]


if __name__ == "__main__":
    main()
