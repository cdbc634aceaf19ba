"""The index of which version touched what agrees with a walk through all versions, and is made in any number of steps."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hubshare_workers.maintenance import change_index as index_module
from hubshare_workers.maintenance.change_index import catch_up
from sqlalchemy import event

from hubshare.config import KIB, MIB
from hubshare.git.objects import BLOB, FOLDER, TREE, Commit, Object, edit_tree, write_tree
from hubshare.names import size
from hubshare.service.pages.addresses import Addresses
from hubshare.service.pages.project.folder import natural_key
from hubshare.service.pages.view import ago
from hubshare.store import change_index as store_index
from hubshare.store.change_index import indexed_up_to, last_touches, touching, words
from hubshare.store.index_tables import FileName, Touch
from hubshare.store.models import Project, now
from hubshare.store.search import find_files
from hubshare.sync.trees import FILE, Entry, Side
from hubshare.testing.world import World
from tests.helpers.pushing import move_to

#: Files and folders that take each other's places.
PATHS = ["a.txt", "b", "b/c.txt", "b/d/e.txt", "b/d", "Été 2026/x y.ipynb", "week_1/notes-2.txt"]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def publish(world: World, changes: dict[str, Side]) -> None:
    repository = world.repository
    before = repository.main
    edit = edit_tree(repository.tree, repository.commit(before).tree, changes)
    commit = Commit(edit.root, (before,), "alice", int(time.time()), "Edit").encode()
    repository.add([*(Object(TREE, data) for data in edit.made.values()), commit])
    move_to(world.centre, world.project.id, commit.id)


def play(world: World, seed: int, versions: int) -> list[dict[str, Entry]]:
    """Publish at random; what each version holds, by number."""
    random, held = Random(seed), [world.published()]
    for number in range(versions):
        blob = Object(BLOB, b"%d" % number)
        world.repository.add([blob])
        path = random.choice(PATHS)
        gone = [other for other in held[-1] if path.startswith(f"{other}/") or other.startswith(f"{path}/")]
        changes: dict[str, Side] = dict.fromkeys(gone)
        changes[path] = None if path in held[-1] and random.random() < 0.4 else Entry(FILE, blob.id)
        publish(world, changes)
        held.append(world.published())
    return held


def walked(held: list[dict[str, Entry]], folder: str, version: int) -> dict[str, int]:
    """Name to the last version that touched it, found by comparing all versions."""
    inside = f"{folder}/" if folder else ""
    found: dict[str, int] = {}
    for number in range(1, version + 1):
        before, after = held[number - 1], held[number]
        for path in before.keys() | after.keys():
            if before.get(path) != after.get(path) and path.startswith(inside):
                found[path.removeprefix(inside).partition("/")[0]] = number
    return found


@pytest.mark.parametrize("changes", [1, 2, 5000])
@pytest.mark.parametrize("at_once", [1, 3, 200])
def test_the_index_agrees_with_a_walk(
    world: World, monkeypatch: pytest.MonkeyPatch, at_once: int, changes: int
) -> None:
    monkeypatch.setattr(index_module, "_VERSIONS", at_once)
    monkeypatch.setattr(index_module, "_CHANGES", changes)
    project = world.project.id
    held = play(world, at_once, 15)
    catch_up(world.centre, project)
    held += play(world, at_once + 100, 15)[1:]
    catch_up(world.centre, project)
    catch_up(world.centre, project)
    with world.centre.database.read() as session:
        assert indexed_up_to(session, project) == 30
        for version in (0, 1, 7, 30):
            for folder in ("", "b", "b/d", "Été 2026"):
                expected = walked(held, folder, version)
                assert last_touches(session, project, folder, version, [*expected, "never there"]) == expected
                some = dict([*expected.items()][:1])
                assert last_touches(session, project, folder, version, some) == some
        numbers = [row.number for row in touching(session, project, "b", None, 100)]
        assert numbers == sorted(numbers, reverse=True) and numbers[0] == walked(held, "", 30)["b"]
        assert {row.path for row in session.query(FileName)} == {path for path in held[-1] if words(path)}


def test_two_that_index_at_once_do_not_undo_each_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    play(world, 1, 10)
    real, others = world.centre.database.begin, iter([True])

    def late(about: str, **how: Any) -> Any:
        # The other one is quicker, once.
        if next(others, False):
            catch_up(world.centre, world.project.id)
        return real(about, **how)

    monkeypatch.setattr(world.centre.database, "begin", late)
    catch_up(world.centre, world.project.id)
    assert not next(others, False)
    with world.centre.database.read() as session:
        rows = [(row.folder, row.name, row.version) for row in session.query(Touch)]
        assert len(rows) == len(set(rows)) and indexed_up_to(session, world.project.id) == 10


def test_files_are_found_by_the_beginnings_of_words(world: World) -> None:
    play(world, 1, 1)
    blob = Object(BLOB, b"x")
    world.repository.add([blob])
    publish(world, {"Été 2026/Week_12-notes.ipynb": Entry(FILE, blob.id)})
    catch_up(world.centre, world.project.id)
    with world.centre.database.read() as session:
        for text in ("été", "ÉTÉ 20", "week 12", "notes.ipynb", "12 note week"):
            assert [path for _, path in find_files(session, "alice", text, 10)] == ["Été 2026/Week_12-notes.ipynb"]
        for text in ("ote", "week 13", "", "_", "%"):
            assert find_files(session, "alice", text, 10) == []
        assert find_files(session, "bob", "week", 10) == []


def test_a_search_reads_the_names_that_begin_so_and_not_all_that_there_are(world: World) -> None:
    blob = Object(BLOB, b"x")
    world.repository.add([blob])
    names = [*(f"e{number}.txt" for number in range(30)), "e.txt", "z.txt"]
    publish(world, dict.fromkeys(names, Entry(FILE, blob.id)))
    catch_up(world.centre, world.project.id)
    database, asked = world.centre.database, list[tuple[str, Any]]()
    event.listen(database.engine, "before_cursor_execute", lambda *about: asked.append(about[2:4]))
    with database.read() as session:
        # Where there are more than are shown, the word itself comes before longer ones.
        assert [path for _, path in find_files(session, "alice", "e", 1)] == ["e.txt"]
        ((statement, values),) = [one for one in asked if "file_names" in one[0]]
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    steps = [row[-1] for row in plan]
    assert any("file_names" in step and "word>? AND word<?" in step for step in steps), steps
    assert not any("TEMP B-TREE FOR ORDER BY" in step for step in steps), steps


def publish_tower(world: World, width: int, levels: int, content: bytes = b"x") -> int:
    """Publish a few folders with long names that hold each other; returns the bytes that they have as objects."""
    objects = [Object(BLOB, content)]
    for _ in range(levels):
        mode = FILE if len(objects) == 1 else FOLDER
        names = [f"a b c d e f g h {'long' * 40} {number}" for number in range(width)]
        objects.append(Object(TREE, write_tree({name: (mode, objects[-1].id) for name in names})))
    commit = Commit(objects[-1].id, (world.repository.main,), "alice", int(time.time()), "Edit").encode()
    world.repository.add([*objects, commit])
    move_to(world.centre, world.project.id, commit.id)
    with world.centre.database.begin() as session:
        session.get_one(Project, world.project.id).files = width**levels
    return sum(len(one.data) for one in objects)


def test_little_that_stands_for_many_files_takes_little_in_the_search(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_index, "_NAMES_BYTES", 2 * MIB)
    assert publish_tower(world, 12, 3) < 10 * KIB
    catch_up(world.centre, world.project.id)
    with world.centre.database.read() as session:
        rows = session.query(FileName).all()
        assert len({row.path for row in rows}) == 12**3, "each is found by its longest word"
        assert sum(len(row.path) + 150 for row in rows) < 2 * MIB
        assert find_files(session, "alice", "long" * 10, 10)


def test_what_is_gone_again_before_it_is_taken_in_takes_little_in_the_search(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_index, "_NAMES_BYTES", MIB)
    monkeypatch.setattr(index_module, "_CHANGES", 300)
    publish_tower(world, 12, 3)
    tree = Object(TREE, write_tree({"a.txt": (FILE, Object(BLOB, b"x").id)}))
    commit = Commit(tree.id, (world.repository.main,), "alice", int(time.time()), "Edit").encode()
    world.repository.add([tree, commit])
    move_to(world.centre, world.project.id, commit.id)
    with world.centre.database.begin() as session:
        session.get_one(Project, world.project.id).files = 1
    written, real = list[int](), store_index.write

    def noted(session: Any, project: str, start: int, part: store_index.Part) -> bool:
        written.extend(len(row["path"]) + 150 for row in part.found)
        return real(session, project, start, part)

    monkeypatch.setattr(index_module, "write", noted)
    catch_up(world.centre, world.project.id)
    assert 0 < sum(written) < 3 * MIB
    with world.centre.database.read() as session:
        assert {row.path for row in session.query(FileName)} == {"a.txt"}


def test_little_that_changes_many_files_again_and_again_takes_little_in_the_history(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_index, "_TOUCHES", 3000)
    monkeypatch.setattr(index_module, "_CHANGES", 300)
    for number in range(4):
        # 1,884 files and folders with each of them.
        publish_tower(world, 12, 3, b"%d" % number)
        catch_up(world.centre, world.project.id)
    blob = Object(BLOB, b"x")
    world.repository.add([blob])
    publish(world, {"small.txt": Entry(FILE, blob.id)})
    catch_up(world.centre, world.project.id)
    with world.centre.database.read() as session:
        # Those of one version, and of the others little, a step at a time.
        assert 1884 < session.query(Touch).count() < 3000 + 5 * 7 * 20
        # Each version is known, and so is what ordinary ones did.
        assert {row.version for row in session.query(Touch)} == {1, 2, 3, 4, 5}
        assert [row.number for row in touching(session, world.project.id, "small.txt", None, 10)] == [5]
        assert indexed_up_to(session, world.project.id) == 5


def test_files_are_found_however_many_there_are(world: World) -> None:
    blob = Object(BLOB, b"x")
    world.repository.add([blob])
    publish(world, {"train/measurements-2024/0001.csv": Entry(FILE, blob.id)})
    with world.centre.database.begin() as session:
        session.get_one(Project, world.project.id).files = 1_000_000
    catch_up(world.centre, world.project.id)
    with world.centre.database.read() as session:
        assert [path for _, path in find_files(session, "alice", "measure", 10)] == ["train/measurements-2024/0001.csv"]


def test_a_version_with_very_many_files_is_held_and_written_in_pieces_and_paid_by_its_author(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_tower(world, 12, 3)
    monkeypatch.setattr(index_module, "_CHANGES", 300)
    sizes, real = list[tuple[int, int, int]](), store_index.write

    def noted(session: Any, project: str, start: int, part: store_index.Part) -> bool:
        sizes.append((len(part.touched), len(part.found), part.bytes))
        return real(session, project, start, part)

    monkeypatch.setattr(index_module, "write", noted)
    spent = catch_up(world.centre, world.project.id)
    assert max(touched for touched, _, _ in sizes) < 400 and max(size for _, _, size in sizes) < 520 * KIB
    assert spent["alice"].stored > 10 * MIB and spent["alice"].queries > len(sizes)
    with world.centre.database.read() as session:
        assert len({row.path for row in session.query(FileName)}) == 12**3


def test_others_write_between_the_pieces_of_a_large_version(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_tower(world, 12, 3)
    came = list[str]()

    def come(_: float) -> None:
        with world.centre.database.begin("somebody else"):
            came.append("there was the turn")

    monkeypatch.setattr("time.sleep", come)
    catch_up(world.centre, world.project.id)
    assert len(came) > 10


def test_what_git_has_as_well_is_written_down_without_waiting_for_the_disk(world: World) -> None:
    blob = Object(BLOB, b"x")
    world.repository.add([blob])
    publish(world, {f"{number}.txt": Entry(FILE, blob.id) for number in range(300)})
    found = set[int]()

    def see(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO"):
            found.add(cursor.connection.execute("PRAGMA synchronous").fetchone()[0])

    event.listen(world.centre.database.engine, "before_cursor_execute", see)
    try:
        catch_up(world.centre, world.project.id)
    finally:
        event.remove(world.centre.database.engine, "before_cursor_execute", see)
    # NORMAL, in which only a checkpoint waits; see https://sqlite.org/pragma.html#pragma_synchronous.
    assert found == {1}


def test_names_are_sorted_as_people_count() -> None:
    names = ["week 10", "Week 9", "week 09b", "a", "B", "10", "9", "x1y2", "x1y10"]
    expected = ["9", "10", "a", "B", "Week 9", "week 09b", "week 10", "x1y2", "x1y10"]
    assert sorted(names, key=natural_key) == expected


def test_times_and_sizes_are_said_as_people_do() -> None:
    from datetime import timedelta

    at = now().replace(year=2026, month=11, day=24)
    said = [ago(at - timedelta(seconds=seconds), at) for seconds in (-5, 3, 61, 7200, 90_000, 20 * 86_400)]
    assert said == ["just now", "just now", "1 minute ago", "2 hours ago", "1 day ago", "20 days ago"]
    assert ago(at - timedelta(days=40), at) == "15 Oct 2026"
    assert [size(number) for number in (0, 1, 999, 1500, 150_000, 3_400_000, 5_000_000_000)] == [
        "0 bytes",
        "1 byte",
        "999 bytes",
        "1.5 KB",
        "150 KB",
        "3.4 MB",
        "5.0 GB",
    ]


@pytest.mark.parametrize("path", ["a b", "a#b?c", "100%", "é😀", 'x"y', "..x/y", "a&b=c"])
def test_addresses_of_odd_names_are_ours_and_lead_back(path: str) -> None:
    from urllib.parse import unquote

    at = Addresses("/services/hubshare/")
    made = at.file("al ice/course", 3, path)
    assert at.is_ours(made) and unquote(made) == f"/services/hubshare/projects/al ice/course/files/v3/{path}"
    assert made.isascii() and not set(made.removeprefix("/services")) & set(" ?#\"<>&'")


def test_what_it_costs_to_look_at_versions_is_known_by_author(world: World) -> None:
    play(world, 1, 15)
    spent = catch_up(world.centre, world.project.id)
    assert spent["alice"].seconds > 0 and set(spent) <= {"alice", "bob", world.project.owner}
    assert catch_up(world.centre, world.project.id) == {}
