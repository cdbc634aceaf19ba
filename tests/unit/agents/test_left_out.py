"""What is left out without being asked, and named: environments, companions of databases, databases in use."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hubshare_agents.checkout.why import why

from hubshare.testing.world import Member, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "world")
    yield made
    made.close()


@pytest.fixture
def alice(world: World) -> Member:
    return world.join("alice")


@pytest.fixture
def bob(world: World, alice: Member) -> Member:
    return world.join("bob")


def _explained(member: Member, path: str) -> str:
    member.local.scan([path])
    shared, words = why(member.local, path)
    assert not shared
    return words


@pytest.mark.parametrize("mark", ["pyvenv.cfg", "conda-meta/history"])
def test_an_environment_is_left_out_by_whatever_name_and_named(
    world: World, alice: Member, bob: Member, mark: str
) -> None:
    alice.write(f"tools/env39/{mark}", "x")
    alice.write("tools/env39/bin/python", "x")
    alice.write("tools/run.py", "x")
    world.settle()
    assert bob.files().keys() == {"tools/run.py"}
    assert "Python environment" in alice.local.index.unshared()["tools/env39"]
    # A file of it that is reported by itself is no news.
    alice.local.scan(["tools/env39/bin/python"])
    assert alice.plan().outgoing == {}
    for path in ("tools/env39", "tools/env39/bin", "tools/env39/bin/python"):
        assert "'!/tools/env39/'" in _explained(alice, path)
    alice.write(".hubshareignore", "!/tools/env39/\n")
    world.settle()
    assert {"tools/env39/bin/python", f"tools/env39/{mark}"} <= bob.files().keys()
    assert alice.local.index.unshared() == {}


@pytest.mark.parametrize("mark", ["pyvenv.cfg", "conda-meta/history"])
def test_an_environment_that_was_made_at_the_top_of_a_project_is_left_out(
    world: World, alice: Member, bob: Member, mark: str
) -> None:
    for path in (mark, "bin/python", "lib/python3.12/site-packages/x.py", "work.py", "data/bin/mine"):
        alice.write(path, "x")
    world.settle()
    assert bob.files().keys() == {"work.py", "data/bin/mine"}
    assert alice.local.index.unshared().keys() == {mark.partition("/")[0], "bin", "lib"}
    alice.local.scan(["lib/python3.12/site-packages/x.py", "bin"])
    assert alice.plan().outgoing == {}
    for path in ("bin", "bin/python"):
        assert "'!/bin/'" in _explained(alice, path)
    alice.write(".hubshareignore", "!/bin/\n")
    world.settle()
    assert bob.files().keys() == {".hubshareignore", "work.py", "data/bin/mine", "bin/python"}


def test_folders_at_the_top_of_a_project_without_an_environment_are_shared(
    world: World, alice: Member, bob: Member
) -> None:
    for path in ("bin/run", "lib/x.py", "share/y"):
        alice.write(path, "x")
    world.settle()
    assert bob.files().keys() == {"bin/run", "lib/x.py", "share/y"}


def test_an_environment_that_the_project_has_already_stays_in_it(world: World, alice: Member, bob: Member) -> None:
    alice.write("env/bin/python", "x")
    world.settle()
    alice.write("env/pyvenv.cfg", "x")
    alice.write("env/bin/python", "newer")
    alice.write("env/bin/pip", "new")
    world.settle()
    assert bob.files() == {"env/bin/python": "newer"}
    (alice.root / "env/bin/python").unlink()
    alice.write("other", "x")
    world.settle()
    assert bob.files() == {"other": "x"}


def test_node_modules_are_named_and_caches_are_not(world: World, alice: Member, bob: Member) -> None:
    alice.write("web/node_modules/left-pad/index.js", "x")
    alice.write("web/__pycache__/x.pyc", "x")
    alice.write("web/index.js", "x")
    world.settle()
    assert bob.files().keys() == {"web/index.js"}
    assert alice.local.index.unshared().keys() == {"web/node_modules"}


def _insert(database: sqlite3.Connection, value: int) -> None:
    with database:
        database.execute("INSERT INTO t VALUES (?)", (value,))


def _values(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as database:
        return [row[0] for row in database.execute("SELECT x FROM t ORDER BY x")]


def test_a_database_is_shared_whole_or_not_at_all(world: World, alice: Member, bob: Member) -> None:
    with closing(sqlite3.connect(alice.root / "results.db")) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE t (x)")
        _insert(database, 1)
        alice.write("notes.txt", "goes on")
        world.settle()
        assert bob.files().keys() == {"notes.txt"}
        assert "results.db-wal" in alice.local.index.unshared()["results.db"]
        assert "results.db-wal" in _explained(alice, "results.db")
        assert "belongs to the database 'results.db'" in _explained(alice, "results.db-wal")
    world.settle()
    assert _values(bob.root / "results.db") == [1]
    with closing(sqlite3.connect(alice.root / "results.db")) as database:
        _insert(database, 2)
        world.settle()
        assert "results.db" in alice.plan().held
        assert _values(bob.root / "results.db") == [1]
    # What the watcher reports is that the companion is gone.
    alice.local.scan(["results.db-wal"])
    assert alice.plan().outgoing.keys() == {"results.db"}
    world.settle()
    assert _values(bob.root / "results.db") == [1, 2]
    assert {path.name for path in bob.root.iterdir()} == {"notes.txt", "results.db"}


def test_a_database_in_a_transaction_is_looked_at_again_by_itself(world: World, alice: Member, bob: Member) -> None:
    with closing(sqlite3.connect(alice.root / "jobs.db", isolation_level=None)) as database:
        database.execute("CREATE TABLE t (x)")
        world.settle()
        # The lock of another process is what counts; this one's own look gives up none of its locks.
        database.execute("PRAGMA journal_mode=MEMORY")
        database.execute("BEGIN IMMEDIATE")
        database.execute("INSERT INTO t VALUES (1)")
        assert alice.local.scan(["jobs.db"]).later in ([], ["jobs.db"])
        database.execute("COMMIT")
    world.settle()
    assert _values(bob.root / "jobs.db") == [1]


def test_a_file_that_is_only_named_like_a_companion_is_shared(world: World, alice: Member, bob: Member) -> None:
    alice.write("lab", "no database")
    alice.write("lab-journal", "dear diary")
    alice.write("my-wal", "a wall")
    world.settle()
    assert bob.files().keys() == {"lab", "lab-journal", "my-wal"}


@pytest.mark.parametrize("name", ["caf\udce9.txt", "caf\udce9/a.txt"])
def test_a_name_that_is_no_text_is_named_and_holds_up_nothing(
    world: World, alice: Member, bob: Member, name: str
) -> None:
    alice.write(name, "x")
    alice.write("b.txt", "b")
    alice.local.scan([name, "b.txt"])
    assert alice.local.index.unshared().keys() == {name.replace("\udce9", "\\xe9")}
    world.settle()
    assert bob.files().keys() == {"b.txt"}
    (alice.root / name).unlink()
    alice.local.scan([name])
    assert alice.local.index.unshared().keys() <= {"caf\\xe9"}


def test_a_pipe_in_the_place_of_the_rules_holds_up_nothing(world: World, alice: Member, bob: Member) -> None:
    os.mkfifo(alice.root / ".hubshareignore")
    alice.write("a.txt", "a")
    writer = os.open(alice.root / ".hubshareignore", os.O_RDWR)
    try:
        world.settle()
    finally:
        os.close(writer)
    assert bob.files().keys() == {"a.txt"}
    assert "pipe" in alice.local.index.unshared()[".hubshareignore"]
