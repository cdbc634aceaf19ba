"""`make faults`: random operations of four people under random faults; then nothing may be lost, and all has come to rest.

A seed decides what people do and what fails; when, the machine does. What it finds is printed with the seed and the last
operations, and the folders are kept.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from hubshare.testing.postgres import PostgresServer
from tests.faults.faults import FAULTS, TIGHT, TightHome
from tests.faults.person import BELOW, FILES, Allowance, Person, ask
from tests.faults.rest import come_to_rest, violations
from tests.faults.stack import PEOPLE, Stack

OWNER = PEOPLE[0]
PROJECTS = (f"{OWNER}/work", f"{OWNER}/probes")
#: Something fails as often as people have done so many things.
OPERATIONS_PER_FAULT = 40
#: So soon after something began to fail somebody saves, in seconds.
_SOON_SECONDS = 0.1
#: How long a save may take to arrive after a fault before that counts as stuck, in seconds.
STUCK_SECONDS = 180.0


class Result:
    """What a run has found.

    Attributes:
        pauses: kind of fault to how long saves were held up by it, in seconds, each time.
        violations: what is not as it has to be.
    """

    def __init__(self) -> None:
        self.pauses: dict[str, list[float]] = {}
        self.violations: list[str] = []


class Run:
    """One run.

    Args:
        stack: all processes.
        seed: decides what is done.
        kinds: names of faults.
    """

    def __init__(self, stack: Stack, seed: int, kinds: list[str]) -> None:
        self.stack, self.kinds = stack, kinds
        self.result = Result()
        self._random = random.Random(f"faults {seed}")
        self.folders: dict[str, list[Path]] = {}
        for user, home in stack.homes.items():
            self.folders[user] = [home.home / project.partition("/")[2] for project in PROJECTS]
            for folder, project in zip(self.folders[user], PROJECTS, strict=True):
                self._begin(user, folder, project)
        self.people = [
            Person(home, self.folders[user][0], PROJECTS[0], PEOPLE[1:] if user == OWNER else (), f"{user} {seed}")
            for user, home in stack.homes.items()
        ]

    def _begin(self, user: str, folder: Path, project: str) -> None:
        home, name = self.stack.homes[user], project.partition("/")[2]
        if user != OWNER:
            ask(home, "checkout", project=project, folder=str(folder), auto=True)
            return
        folder.mkdir()
        paths = (*FILES[:-1], *BELOW, *(f"lib/{number}.txt" for number in range(12))) if name == "work" else PEOPLE
        for path in paths:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n')
        ask(home, "share", folder=str(folder), **{"as": project, "auto": True})
        for other in PEOPLE[1:]:
            ask(home, "grant", project=project, who=other, role="writer")

    def play(self, operations: int) -> Result:
        """Do so many things, have everything fail meanwhile, and look at what is left."""
        allowance, left = Allowance(), operations
        threads = [threading.Thread(target=person.work, args=(allowance,)) for person in self.people]
        for thread in threads:
            thread.start()
        for kind in self._shuffled():
            allowance.give(min(left, OPERATIONS_PER_FAULT))
            left -= min(left, OPERATIONS_PER_FAULT)
            self._fail(kind)
            threading.Event().wait(self._random.uniform(0.2, 2))
            if not left or self.result.violations:
                break
        allowance.end()
        for thread in threads:
            thread.join()
        print("  nothing fails any more", flush=True)
        self.stack.wait_ready()
        moving = come_to_rest(self.stack, OWNER, self.folders, PROJECTS)
        self.result.violations += [f"does not come to rest: {line}" for line in moving]
        print("  all is at rest" if not moving else "  not all came to rest", flush=True)
        if not left:
            self.result.violations += violations(self.stack, self.people, self.folders, PROJECTS)
        return self.result

    def _shuffled(self) -> Iterator[str]:
        """All kinds, each once before one comes again."""
        while True:
            yield from self._random.sample(self.kinds, len(self.kinds))

    def _fail(self, kind: str) -> None:
        """Have something fail, and measure until a save that was made when it began has arrived."""
        writer = next((user for user in PEOPLE if user in kind), self._random.choice(PEOPLE))
        reader = self._random.choice([user for user in PEOPLE if user != writer])
        if kind == "disk full":
            reader, writer = TIGHT, OWNER
        said, began = f"{kind} {time.monotonic()}\n", time.monotonic()
        saving = threading.Timer(_SOON_SECONDS, (self.folders[writer][1] / writer).write_text, (said,))
        saving.start()
        # Not in a thread: what is started again would end with it.
        FAULTS[kind](self.stack, self._random)
        saving.join()
        mended = began if kind.endswith("killed") or "restarted" in kind else time.monotonic()
        target = self.folders[reader][1] / writer
        while not target.is_file() or target.read_text() != said:
            if time.monotonic() > mended + STUCK_SECONDS:
                self.result.violations.append(f"{kind}: a save of {writer} has not reached {reader}")
                print(f"  {self.result.violations[-1]}", flush=True)
                return
            threading.Event().wait(0.02)
        self.result.pauses.setdefault(kind, []).append(pause := time.monotonic() - mended)
        print(f"  {kind}: {pause:.1f} s; {sum(person.done.total() for person in self.people)} operations", flush=True)


@contextmanager
def database(kind: str) -> Iterator[str]:
    """The address of an empty database of a kind."""
    if kind == "sqlite":
        yield ""
        return
    with PostgresServer() as server:
        yield server.create()


def run(place: Path, seed: int, operations: int, kind: str, kinds: list[str]) -> tuple[Result, list[Person]]:
    """Play one run in an empty folder.

    Args:
        kind: of the database, `sqlite` or `postgresql`.
        kinds: names of the faults.
    """
    with ExitStack() as around:
        tight = around.enter_context(TightHome(place))
        if not tight.there:
            kinds = [one for one in kinds if one != "disk full"]
        stack = around.enter_context(Stack(place, around.enter_context(database(kind))))
        playing = Run(stack, seed, kinds)
        return playing.play(operations), playing.people


def main() -> int:
    """Run, print the table, and return 1 if anything was lost or stuck."""
    wanted = argparse.ArgumentParser(prog="make faults", description=__doc__)
    wanted.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    wanted.add_argument("--operations", type=int, default=1000)
    wanted.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    wanted.add_argument("--fault", action="append", choices=list(FAULTS), help="only these; may be given several times")
    args = wanted.parse_args()
    # The path of a socket is short.
    place = Path(tempfile.mkdtemp(prefix="hs-"))
    print(f"seed {args.seed}, {args.operations} operations over {args.database}, in {place}", flush=True)
    result, people = run(place, args.seed, args.operations, args.database, args.fault or list(FAULTS))
    table = Table("fault", "times", "longest pause")
    for kind, pauses in sorted(result.pauses.items()):
        table.add_row(kind, str(len(pauses)), f"{max(pauses):.1f} s")
    Console().print(table)
    done = sum((person.done for person in people), start=type(people[0].done)())
    print(f"{sum(done.values())} operations: {', '.join(f'{way} {times}' for way, times in sorted(done.items()))}")
    print(f"{sum(map(len, result.pauses.values()))} faults, {len(result.violations)} violations")
    if result.violations:
        print(f"\nVIOLATED with seed {args.seed}; everything is kept in {place}")
        for line in result.violations:
            print(f"  {line}")
        for person in people:
            print("\n".join(person.last))
    return 1 if result.violations else 0


if __name__ == "__main__":
    sys.exit(main())
