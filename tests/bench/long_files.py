"""How long a browser takes to show a long file that nobody has looked at yet: `python -m tests.bench.long_files`.

From the press on a link until the beginning can be read, and until all of it is there, with the processor's time that the Hub
takes for it. Each file is another one, in a browser that has loaded nothing before, so that no cache of the workers or of the
browser helps.
"""

from __future__ import annotations

import argparse
import base64
import inspect
import json
import random
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.table import Table

from demo.stack import LocalStack
from tests.helpers.browsers import Browsers
from tests.helpers.sample import ran

LINES, MARKDOWN_BYTES, NOTEBOOK_BYTES = 10_000, 690_000, 50_000_000
ROUNDS = 3

Row = tuple[str, str, str, bool | None]

#: Notes when the first words of the file are laid out, and when nothing is asked for any more that the page shows by itself.
_WATCH = """() => {
  window.seen = {};
  const look = () => {
    const shown = document.querySelector("#rendered.hs-shown, .hs-parts .hs-shown");
    if (shown && shown.innerText.trim() && !("first" in seen)) seen.first = performance.now();
    if ("first" in seen && !document.querySelector(".hs-rest")) return (seen.all = performance.now());
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""


def source(number: int) -> bytes:
    """Ten thousand lines of Python that people wrote."""
    modules = (argparse, base64, inspect, json, random, statistics, tempfile)
    lines = [line for module in modules for line in inspect.getsource(module).splitlines()]
    return "\n".join([f"# {number}", *(lines * (LINES // len(lines) + 1))][:LINES]).encode()


def markdown(number: int) -> bytes:
    """A long text with headings, lists, tables, code and formulas."""
    piece = """## Chapter {0}

Waves of *many* kinds, see [the notes](notes.md) and `height(x, t)`, obey $u_{{tt}} = c^2 u_{{xx}}$ between {0} and **{0} + 1**.

- one of them is long
- another one is [short](#chapter-{0})

| mode | frequency | height |
|---|---|---|
| {0} | 0.25 | 1.5 |

```python
def height(x, t): return sin({0} * pi * x) * sin(t)
```

> A string that is held at both ends sounds in whole numbers of its lowest note, and nobody who has heard one doubts that.

"""
    text, at = f"# Text {number}\n\n", 0
    while len(text) < MARKDOWN_BYTES:
        text += piece.format(at)
        at += 1
    return text[:MARKDOWN_BYTES].encode()


def notebook(number: int) -> bytes:
    """A notebook of pictures, tables and lines that a program printed."""
    seeded = random.Random(number)
    cells, size = [], 0
    while size < NOTEBOOK_BYTES:
        picture = base64.b64encode(b"\x89PNG\r\n\x1a\n" + seeded.randbytes(60_000)).decode()
        outputs = [
            {"output_type": "stream", "name": "stdout", "text": [f"step {one} of a run\n" for one in range(200)]},
            {"output_type": "display_data", "metadata": {}, "data": {"image/png": picture, "text/plain": ["a plot"]}},
        ]
        code = {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": ["plot(wave)"], "outputs": outputs}
        text = {"cell_type": "markdown", "metadata": {}, "source": [f"## Part {len(cells)}\n", "With $a^2$."]}
        cells += [text, code]
        size += len(picture) + 6_000
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}).encode()


FILES = {
    f"{LINES:,} lines of source": ("py", source, 1.0),
    f"Markdown of {MARKDOWN_BYTES // 1000} KB": ("md", markdown, 1.0),
    f"notebook of {NOTEBOOK_BYTES // 1_000_000} MB": ("ipynb", notebook, 2.0),
}


def long_files(stack: LocalStack, browsers: Browsers, user: str, rounds: int = ROUNDS) -> list[Row]:
    """Seconds until the beginning of each file is there, and all of it; of a notebook its first part.

    Args:
        stack: with the user's server running.
        rounds: how many files of each kind are opened, after one that warms the workers up.
    """
    folder = stack.home(user) / "long"
    folder.mkdir()
    for ending, write, _ in FILES.values():
        for number in range(rounds + 1):
            (folder / f"{number}.{ending}").write_bytes(write(number))
    ran(stack, user, "share", folder)
    rows: list[Row] = []
    browsers(user).close()
    for what, (ending, _, promised) in FILES.items():
        taken = [_opened(browsers, user, f"{number}.{ending}") for number in range(rounds + 1)]
        first, whole, used = (statistics.median(times) for times in zip(*taken[1:], strict=True))
        rows.append((f"{what}: the beginning is there", f"{first:.2f} s", f"< {promised:.0f} s", first < promised))
        rows.append(("  all of it", f"{whole:.2f} s", "", None))
        rows.append(("  processor of service and workers", f"{used:.2f} s", "", None))
        rows.append(("  the first one of that kind", " / ".join(f"{one:.2f} s" for one in taken[0][:2]), "", None))
    return rows


def _opened(browsers: Browsers, user: str, name: str) -> tuple[float, float, float]:
    person, before = browsers(user), _used(browsers.stack)
    person.page.add_init_script(f"({_WATCH})()")
    person.go(f"projects/{user}/long/files/latest/{name}")
    person.page.wait_for_function("() => window.seen?.all", timeout=60_000)
    seen = person.page.evaluate("() => window.seen")
    person.close()
    return seen["first"] / 1000, seen["all"] / 1000, _used(browsers.stack) - before


def _used(stack: LocalStack) -> float:
    """Seconds of the processor that the service, the workers and what they have started and seen end took so far."""
    started = [*stack.processes("service"), *stack.processes("workers")]
    every = {one.pid: one for process in started for one in (process, *process.children(recursive=True))}
    return sum(sum(one.cpu_times()[:4]) for one in every.values())


def main() -> None:
    """Measure, print the table, exit 1 when a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="hubshare-bench-") as place,
        LocalStack(Path(place) / "data", users=("alice",)) as stack,
        sync_playwright() as playwright,
        Browsers(playwright, stack) as browsers,
    ):
        stack.start_server("alice")
        rows = long_files(stack, browsers, "alice", options.rounds)
    table = Table("what", "measured", "promised", title="Long files in a browser")
    for what, measured, promised, kept in rows:
        table.add_row(what, measured, promised, style="red" if kept is False else "")
    Console(width=120).print(table)
    sys.exit(any(kept is False for _, _, _, kept in rows))


if __name__ == "__main__":
    main()
