"""Programs that are at work in a shared folder: logs that never pause, databases that are open, rules that change."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from hubshare.testing.centre import wait_until
from tests.helpers.centre_fixture import BRAKE, Home, content, write

_LOGGING = """
import sys, time
with open(sys.argv[1], "w", buffering=1) as log:
    number = 0
    while True:
        print(f"{number:09}", file=log)
        number += 1
        time.sleep(0.0005)
"""


@pytest.fixture
def folders(alice: Home, bob: Home, request: pytest.FixtureRequest) -> Iterator[tuple[Path, Path]]:
    """A project that Alice and Bob have, both in auto."""
    name = request.node.originalname.replace("test_a_", "")[:30].rstrip("_").replace("_", "-")
    made, _ = alice.share(name, {"a.txt": "a", "b.txt": "b"}, auto=True, **{"with": ["bob:writer"]})
    here = bob.checkout(f"alice/{name}", name, auto=True)
    yield made, here
    for home, folder in ((alice, made), (bob, here)):
        home.ask("auto", folder=str(folder), on=False)


def test_a_log_that_never_pauses_is_shared_now_and_then(folders: tuple[Path, Path]) -> None:
    made, here = folders
    with subprocess.Popen([sys.executable, "-c", _LOGGING, made / "train.log"]) as program:
        sizes = set[int]()

        def grew() -> bool:
            with suppress(FileNotFoundError):
                sizes.add((here / "train.log").stat().st_size)
            return len(sizes) >= 3

        wait_until(grew, "the log is shared again and again while it is written")
        program.kill()
    wait_until(lambda: (here / "train.log").read_bytes() == (made / "train.log").read_bytes(), "all of it is shared")
    lines = (here / "train.log").read_text().splitlines()
    assert lines[:-1] == [f"{number:09}" for number in range(len(lines) - 1)]


def test_a_database_that_is_open_is_named_and_shared_once_it_is_closed(folders: tuple[Path, Path], alice: Home) -> None:
    made, here = folders
    with closing(sqlite3.connect(made / "results.db")) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE t (x)")
        database.executemany("INSERT INTO t VALUES (?)", [(number,) for number in range(1000)])
        database.commit()
        write(made, {"a.txt": "newer"})
        wait_until(lambda: (here / "a.txt").read_text() == "newer", "everything else goes on")
        assert "database in use" in alice.ask("status", folder=str(made))["unshared"]["results.db"]
        assert "database in use" in alice.ask("why", path="results.db", folder=str(made))["why"]
        assert not [path for path in here.iterdir() if path.name.startswith("results")]
    wait_until(lambda: (here / "results.db").exists(), "it is shared once it is closed")
    with closing(sqlite3.connect(here / "results.db")) as database:
        assert database.execute("SELECT count(*) FROM t").fetchone() == (1000,)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_rule_that_is_taken_out_holds_no_longer_at_once(folders: tuple[Path, Path]) -> None:
    made, here = folders
    write(made, {".hubshareignore": "*.csv\n*.log\n", "table.csv": "1", "x.log": "1"})
    wait_until(lambda: (here / ".hubshareignore").exists(), "the rules are shared")
    assert not (here / "table.csv").exists()
    write(made, {".hubshareignore": "*.log\n"})
    wait_until(lambda: (here / "table.csv").exists(), "what no rule leaves out any more is shared")
    (made / ".hubshareignore").unlink()
    wait_until(lambda: (here / "x.log").exists(), "nor without the file")


def test_a_folder_that_is_renamed_is_one_version_and_counts_as_no_deletion(
    folders: tuple[Path, Path], alice: Home
) -> None:
    made, here = folders
    write(made, {f"in/{number}.txt": f"content {number}" for number in range(BRAKE + 5)})
    wait_until(lambda: len(content(here)) == BRAKE + 7, "all is shared")
    before = alice.ask("status", folder=str(made))["version"]
    for name in ("In", "out"):
        (made / ("in" if name == "In" else "In")).rename(made / name)
        wait_until(lambda: content(here) == content(made), "it is renamed there as well")
    assert alice.ask("status", folder=str(made))["version"] == before + 2
