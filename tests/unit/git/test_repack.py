"""Housekeeping of a repository: packs and loose objects are put together, nothing is lost, and nobody is disturbed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from hubshare.git import repack as module
from hubshare.git.kept import KEPT, TOGETHER
from hubshare.git.objects import BLOB, COMMIT, FOLDER, TREE, Commit, Object, write_tree
from hubshare.git.packing import pack_objects
from hubshare.git.packs import Pack, pack_of
from hubshare.git.repack import PACKS_MOST, STAYS_SECONDS, Unsound, to_merge
from hubshare.git.repository import MAIN, Repository

#: A pack of more objects than this stays one.
IN_PACK = 40
#: The objects that a repository is begun with.
BEGUN_WITH = 2


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    made = Repository.create(tmp_path / "a.git", "alice", 1, "Create")
    yield made
    made.close()


@pytest.fixture(params=["git", "no git"])
def with_or_without_git(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine has git, or has none."""
    if request.param == "no git":
        monkeypatch.setattr(shutil, "which", lambda name: None)


def git(repository: Repository, *args: str) -> str:
    command = ["git", "-c", "safe.directory=*", *args]
    done = subprocess.run(command, cwd=repository.path, capture_output=True, text=True)
    return done.stdout + done.stderr


def fsck(repository: Repository) -> str:
    return git(repository, "fsck", "--strict", "--full", "--no-dangling", "--no-progress")


def packs(repository: Repository) -> list[Path]:
    return sorted((repository.path / "objects" / "pack").glob("*.pack"))


def push(repository: Repository, number: int) -> list[Object]:
    """One push of many new files, which becomes a pack; returns its objects."""
    blobs = [Object(BLOB, b"push %d, file %d" % (number, at)) for at in range(IN_PACK)]
    tree = Object(TREE, write_tree({f"{at}.txt": (0o100644, blob.id) for at, blob in enumerate(blobs)}))
    commit = Commit(tree.id, (repository.main,), "alice", number, f"push {number}").encode()
    items = [*blobs, tree, commit]
    repository.install(Pack(pack_of(items), None))
    repository.set_ref(MAIN, commit.id)
    return items


def pushes(repository: Repository, count: int) -> list[Object]:
    return [item for number in range(count) for item in push(repository, number)]


def holds(repository: Repository, items: list[Object]) -> bool:
    """Whether another process finds all of them."""
    other = Repository(repository.path)
    try:
        return all(other._objects.read(item.id) == item and item.id in other for item in items)
    finally:
        other.close()


def later(repository: Repository, times: int = 1) -> None:
    """Housekeeping, when everybody who had begun before the last one is done."""
    repository.maintain(time.time() + times * (STAYS_SECONDS + 60))


def test_what_is_put_together() -> None:
    assert to_merge([1] * PACKS_MOST) == 0
    assert to_merge([1] * (PACKS_MOST + 1)) == PACKS_MOST + 1
    assert to_merge([1] * 20 + [10_000]) == 20, "a large one is not written again for some small ones"
    doubling = [3**at for at in range(PACKS_MOST + 3)]
    assert to_merge(doubling) == 4, "there are never more"


OPEN = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_NOFILE, (48, 48))
from hubshare.git.objects import BLOB, Object
from hubshare.git.packs import Pack, pack_of
from hubshare.git.repository import Repository
repositories = [Repository(Path(path)) for path in sys.argv[1:]]
for repository in repositories:
    name = repository.main
    while repository.commit(name).parents:
        repository.beginning(repository.commit(name).tree, 10)
        name = repository.commit(name).parents[0]
    more = [Object(BLOB, b"more %d" % at) for at in range(100)]
    repository.install(Pack(pack_of(more), None))
    assert [repository.kind_and_size(item.id) for item in more] == [(BLOB, len(item.data)) for item in more]
    assert "0" * 40 not in repository
print("all read")
"""


def test_a_project_with_hundreds_of_packs_is_read_and_pushed_to_with_few_open_files(
    tmp_path: Path, repository: Repository
) -> None:
    pushes(repository, 50)
    other = tmp_path / "b.git"
    shutil.copytree(repository.path, other)
    done = subprocess.run(
        [sys.executable, "-c", OPEN, str(repository.path), str(other)], capture_output=True, text=True
    )
    assert done.stdout == "all read\n", done.stderr


@pytest.mark.usefixtures("with_or_without_git")
def test_many_packs_become_few_and_all_of_it_stays(repository: Repository) -> None:
    items = pushes(repository, 30)
    reader = Repository(repository.path)
    assert all(reader._objects.read(item.id) == item for item in items)
    before = packs(repository)
    assert repository.maintain() == len(items) + BEGUN_WITH
    assert set(before) < set(packs(repository)), "who has begun to read them can go on"
    assert holds(repository, items)
    later(repository)
    assert len(packs(repository)) == 1 and holds(repository, items)
    assert all(reader._objects.read(item.id) == item for item in items), "who knew the old ones finds the new one"
    reader.close()
    assert fsck(repository) == ""
    items += [item for number in range(30, 30 + PACKS_MOST) for item in push(repository, number)]
    repository.maintain()
    later(repository)
    assert len(packs(repository)) == 2 and holds(repository, items) and fsck(repository) == ""


def test_differences_that_git_has_made_are_kept_and_read(repository: Repository) -> None:
    text = b"".join(b"line %d of a text that grows\n" % at for at in range(3000))
    names = []
    for number in range(PACKS_MOST + 2):
        blob = Object(BLOB, text + b"%d" % number)
        tree = Object(TREE, write_tree({"a.txt": (0o100644, blob.id)}))
        commit = Commit(tree.id, (repository.main,), "alice", number, "x").encode()
        repository.add([blob, tree, commit])
        repository.set_ref(MAIN, commit.id)
        names.append(blob)
    git(repository, "repack", "-adf", "--depth=50", "--window=10")
    size = packs(repository)[0].stat().st_size
    assert holds(repository, names) and size < 2 * len(text)
    other = Repository(repository.path)
    assert [other.kind_and_size(blob.id) for blob in names] == [(BLOB, len(blob.data)) for blob in names]
    assert [other.beginning(blob.id, 9) for blob in names] == [b"line 0 of"] * len(names)
    other.close()
    pushes(repository, PACKS_MOST)
    repository.maintain()
    later(repository)
    assert holds(repository, names) and sum(path.stat().st_size for path in packs(repository)) < 2 * len(text)


@pytest.mark.usefixtures("with_or_without_git")
def test_loose_objects_are_packed_and_go_later(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOSE_MOST", 100)
    items = [Object(BLOB, b"%d" % number) for number in range(101)]
    repository.add(items)
    loose = repository._objects.loose_path(items[0].id)
    assert repository.maintain() == len(items) + BEGUN_WITH
    assert loose.exists() and holds(repository, items)
    later(repository)
    assert not any(repository._objects.loose()) and holds(repository, items) and fsck(repository) == ""


def test_a_loose_object_stays_when_its_copy_in_a_pack_cannot_be_read(repository: Repository) -> None:
    items = pushes(repository, 1)
    repository.add(items[:1])
    raw = bytearray(packs(repository)[0].read_bytes())
    packs(repository)[0].chmod(0o600)
    for place in range(20, len(raw) - 20):
        raw[place] ^= 0xFF
    packs(repository)[0].write_bytes(raw)
    with pytest.raises(Exception):  # noqa: B017 - whatever finds the damage
        later(repository)
    assert repository._objects.loose_path(items[0].id).exists()


def test_a_pack_that_was_cut_short_hides_nothing_and_is_named(repository: Repository) -> None:
    items = pushes(repository, PACKS_MOST + 2)
    lost = push(repository, 100)
    (cut,) = [path for path in packs(repository) if lost[0].id in _names(repository, path)]
    repository.add(lost)
    cut.write_bytes(b"")
    with pytest.raises(Unsound, match=cut.name):
        repository.maintain()
    assert holds(repository, [*items, *lost]) and cut.exists()
    with pytest.raises(Unsound, match=cut.name):
        later(repository)
    assert len(packs(repository)) <= PACKS_MOST and holds(repository, [*items, *lost])


def _names(repository: Repository, pack: Path) -> set[str]:
    return {raw.hex() for raw in repository._objects.packs.names(pack.stem)}


def test_no_pack_goes_when_the_new_one_lacks_something(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    items = pushes(repository, PACKS_MOST + 2)
    real = pack_objects

    def lacking(path: Path, objects: Any, names: list[str], draft: Path, size: int) -> Path:
        return real(path, objects, [name for name in names if name != items[0].id], draft, size)

    monkeypatch.setattr(module, "pack_objects", lacking)
    with pytest.raises(Unsound, match="lacks objects"):
        repository.maintain()
    later_packs = packs(repository)
    monkeypatch.setattr(module, "_write", lambda *args: pytest.fail("not again"))
    monkeypatch.setattr(module, "to_merge", lambda sizes: 0)
    later(repository)
    assert packs(repository) == later_packs and holds(repository, items)


def test_no_pack_goes_when_the_one_that_took_its_place_is_gone(repository: Repository) -> None:
    items = pushes(repository, PACKS_MOST + 2)
    before = packs(repository)
    repository.maintain()
    (made,) = set(packs(repository)) - set(before)
    made.unlink()
    made.with_suffix(".idx").unlink()
    later(repository)
    assert holds(repository, items) and fsck(repository) == ""


def test_no_pack_goes_when_the_one_that_took_its_place_is_another_one_by_now(repository: Repository) -> None:
    """Such as one that came back from a backup under the same name."""
    items = pushes(repository, 2)
    first, second = packs(repository)
    module._write_retired(repository.path, {first.stem: module._Retired(second.stem, 0.0)})
    later(repository)
    assert packs(repository) == [first, second] and holds(repository, items)


def test_packs_stay_for_a_while_for_whoever_has_begun_to_read_them(repository: Repository) -> None:
    pushes(repository, PACKS_MOST + 2)
    before, begun = set(packs(repository)), time.time()
    repository.maintain(begun)
    repository.maintain(begun + STAYS_SECONDS - 60)
    assert before < set(packs(repository))
    repository.maintain(begun + STAYS_SECONDS + 60)
    assert not before & set(packs(repository))


class Died(BaseException):
    """What a process that is killed does not hear of."""


@pytest.mark.parametrize("name", ["fsync", "replace", "unlink"])
def test_whoever_dies_while_it_is_put_in_order_has_taken_nothing_away(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    items, real = pushes(repository, PACKS_MOST + 2), getattr(os, name)
    for calls in range(40):
        ends = 0
        for seconds in (0.0, STAYS_SECONDS + 60):
            left = [calls]

            def dies(*args: Any, left: list[int] = left, **options: Any) -> Any:
                left[0] -= 1
                if left[0] < 0:
                    raise Died
                return real(*args, **options)

            with monkeypatch.context() as patched, suppress(Died):
                patched.setattr(shutil, "rmtree", lambda *args, **options: None)
                patched.setattr(os, name, dies)
                repository.maintain(time.time() + seconds)
                ends += 1
            assert holds(repository, items)
        if ends == 2:
            break
    later(repository, 2)
    later(repository, 3)
    assert len(packs(repository)) <= 2 and holds(repository, items) and fsck(repository) == ""


def test_a_clock_that_is_ahead_takes_nothing_away(repository: Repository) -> None:
    items = pushes(repository, PACKS_MOST + 2)
    for days in (90, 180, 0, 360):
        repository.maintain(time.time() + days * 86_400)
        assert holds(repository, items) and fsck(repository) == ""


def test_only_one_puts_a_repository_in_order(repository: Repository) -> None:
    from hubshare.git.lock import locked

    pushes(repository, PACKS_MOST + 2)
    with locked(repository.path / "hubshare.repack.lock"):
        assert repository.maintain() == 0
    assert repository.maintain() > 0


@pytest.fixture
def keep(repository: Repository) -> Callable[[int], list[str]]:
    """Keeps so many commits, each under a ref of its own; returns their ids."""

    def keep(count: int) -> list[str]:
        tree, main = repository.commit(repository.main).tree, repository.main
        commits = [Commit(tree, (main,), "bob", number, f"{count}/{number}").encode() for number in range(count)]
        repository.add(commits)
        (repository.path / KEPT).mkdir(parents=True, exist_ok=True)
        for commit in commits:
            (repository.path / KEPT / commit.id).write_text(f"{commit.id}\n")
        return [commit.id for commit in commits]

    return keep


def test_thousands_of_kept_commits_are_under_one_ref_and_a_fetch_sees_none(
    repository: Repository, keep: Callable[[int], list[str]]
) -> None:
    kept = keep(600)
    repository.fold_kept()
    kept += keep(150)
    repository.fold_kept()
    assert [path for path in (repository.path / KEPT).iterdir()] == []
    reachable = set(git(repository, "rev-list", TOGETHER).split())
    assert reachable.issuperset(kept) and fsck(repository) == ""
    listed = git(repository, "for-each-ref", "--format=%(refname)").split()
    assert sorted(listed) == [MAIN, TOGETHER]
    assert KEPT not in git(repository, "ls-remote", str(repository.path))
    assert repository.kind_and_size(repository.ref(TOGETHER) or "") is not None


def test_a_few_kept_commits_and_refs_that_are_not_ours_stay_where_they_are(
    repository: Repository, keep: Callable[[int], list[str]]
) -> None:
    few = keep(10)
    repository.fold_kept()
    assert {path.name for path in (repository.path / KEPT).iterdir()} == set(few)
    repository.set_ref(f"{KEPT}/by-hand", few[0])
    keep(200)
    repository.fold_kept()
    assert [path.name for path in (repository.path / KEPT).iterdir()] == ["by-hand"]
    assert (repository.kind_and_size(repository.main) or (0, 0))[0] == COMMIT and FOLDER == 0o040000
