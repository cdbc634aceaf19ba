"""What it takes to make a project of a repository on the internet, beside `git clone` of the same.

Run alone: `python -m tests.bench.imports [--commits N] [--rounds N]`.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from hubshare.centre import Centre
from hubshare.client import Client
from hubshare.embedded.redis import RedisServer
from hubshare.features.imports.operations import UNDER_WAY
from hubshare.store.import_tables import Import
from hubshare.testing.centre import TestCentre
from tests.helpers.internet import GIT, Author, Internet

Row = tuple[str, str, str, bool | None]

COMMITS, ROUNDS = 2000, 7
_TIMES = 1.3
_FILES, _LINES, _AT_ONCE = 300, 80, 2


def imports(commits: int = COMMITS, rounds: int = ROUNDS) -> list[Row]:
    """Clone a repository and import it, with its history and without, in turn."""
    settings = {"HUBSHARE_FETCH_ALLOWED_NETWORKS": "127.0.0.0/8", "HUBSHARE_WRITES_PER_MINUTE": "1000000"}
    with (
        tempfile.TemporaryDirectory(prefix="hubshare-bench-") as folder,
        Internet.running(Path(folder)) as internet,
        RedisServer() as redis,
        TestCentre(Path(folder) / "data", redis.url, settings) as centre,
        Client(centre.url, "alice") as alice,
    ):
        author = internet.repository("many")
        write_history(author, commits)
        taken: dict[str, list[float]] = {"clone": [], "history": [], "newest": []}
        # The first round finds everything cold.
        for number in range(rounds + 1):
            times = {
                "clone": _clone(author.url, Path(folder) / f"clone{number}"),
                "history": _import(alice, centre.centre, author.url, f"history{number}", history=True),
                "newest": _import(alice, centre.centre, author.url, f"newest{number}", history=False),
            }
            if number:
                for name, seconds in times.items():
                    taken[name].append(seconds)
    clone, history, newest = (statistics.median(times) for times in taken.values())
    return [
        (f"`git clone` of {commits:,} commits", f"{clone:.2f} s", "", None),
        (
            "  import of it with its history / clone",
            f"{history / clone:.2f} ×",
            f"{_TIMES} ×",
            history / clone <= _TIMES,
        ),
        ("  import of its newest version / clone", f"{newest / clone:.2f} ×", f"{_TIMES} ×", newest / clone <= _TIMES),
    ]


def write_history(author: Author, commits: int) -> None:
    """Make a repository like that of a library: many small files, of which each commit changes a line in a few."""
    chance = random.Random(1)
    texts = {
        f"part{number % 20}/module{number}.py": [f"line {line} {chance.random()}" for line in range(_LINES)]
        for number in range(_FILES)
    }
    stream = []
    for number in range(commits):
        stream.append(f"commit refs/heads/main\ncommitter Una <una@example.org> {1_600_000_000 + 60 * number} +0000\n")
        stream.append("data 4\nwork\n")
        for path in texts if number == 0 else chance.sample(list(texts), _AT_ONCE):
            texts[path][chance.randrange(_LINES)] = f"changed {number} {chance.random()}"
            content = "\n".join(texts[path])
            stream.append(f"M 100644 inline {path}\ndata {len(content)}\n{content}\n")
    author.git("fast-import", "--quiet", given="".join(stream).encode())
    author.git("repack", "-a", "-d", "-q")


def _clone(url: str, into: Path) -> float:
    begun = time.monotonic()
    subprocess.run(["git", "clone", "--quiet", url, str(into)], check=True, env=os.environ | GIT)
    return time.monotonic() - begun


def _import(client: Client, centre: Centre, url: str, name: str, history: bool) -> float:
    """Seconds from asking for it until the project has its first version from there."""
    begun = time.monotonic()
    project = client.import_project(url, name, history=history)
    # Not by asking the service: answers by the hundred would take the processor from what is measured.
    while (state := _state(centre, project.id)) in UNDER_WAY:
        time.sleep(0.01)
    assert state == "done", client.get_import(project.name)
    return time.monotonic() - begun


def _state(centre: Centre, project: str) -> str:
    with centre.database.read() as session:
        return session.get_one(Import, project).state


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commits", type=int, default=COMMITS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    for row in imports(options.commits, options.rounds):
        print(*row[:3], sep=" · ")
