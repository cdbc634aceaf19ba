"""What the journal of jobs costs those who push: the same pushes with it and without, in turn."""

from __future__ import annotations

import os
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path
from unittest import mock

from hubshare.embedded.redis import RedisServer
from hubshare.testing.centre import TestCentre
from tests.bench.pushes import PUSHERS, UNLIMITED, Rate, Row, push_together

TURNS = 8
#: What Python runs first in the workers that are to note nothing, see the module `site`.
_WITHOUT = """
from hubshare.jobs import journal
journal.Journal.add = lambda self, note: None
"""


def journal() -> list[Row]:
    """Sixteen people who push to one project, several times over; the medians are compared."""
    with tempfile.TemporaryDirectory(prefix="hubshare-bench-") as place:
        folder = Path(place)
        patch = folder / "patch"
        patch.mkdir()
        (patch / "sitecustomize.py").write_text(_WITHOUT)
        paths = os.pathsep.join(filter(None, (str(patch), os.environ.get("PYTHONPATH"))))
        os.environ["HUBSHARE_LOG"] = "WARNING"
        with ExitStack() as stack:
            one, other = (stack.enter_context(RedisServer(folder / name)) for name in ("one", "other"))
            noting = stack.enter_context(TestCentre(folder / "noting", one.url, UNLIMITED))
            with mock.patch.dict(os.environ, {"PYTHONPATH": paths}):
                silent = stack.enter_context(TestCentre(folder / "silent", other.url, UNLIMITED))
            runs: tuple[list[Rate], list[Rate]] = [], []
            for turn in range(TURNS):
                # Each begins as often as the other.
                for at in (0, 1) if turn % 2 else (1, 0):
                    runs[at].append(push_together((noting, silent)[at], f"turn{turn}", PUSHERS))
    rates = [statistics.median(run.each_second for run in those) for those in runs]
    spent = [statistics.median(run.processor for run in those) for those in runs]
    less, more = 1 - rates[0] / rates[1], spent[0] / spent[1] - 1
    return [
        (f"pushes of {PUSHERS} with the journal of jobs", f"{rates[0]:.0f}/s", "", None),
        ("  without it", f"{rates[1]:.0f}/s", "", None),
        ("  fewer with it", f"{less:.1%}", "< 5%", less < 0.05),
        ("  processor with it / without", f"{1 + more:.2f}×", "", None),
    ]
