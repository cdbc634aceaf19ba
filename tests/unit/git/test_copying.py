"""Objects that go from one repository into another one."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubshare.git.copying import copied, reachable
from hubshare.git.durable import place_file
from hubshare.git.objects import BLOB, TREE, Commit, Object, write_tree
from hubshare.git.packs import Pack, pack_of
from hubshare.git.repository import Repository
from hubshare.sync.trees import FILE

#: So many that they stay in a pack.
MANY = 200


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Repository, Repository]]:
    """Two repositories that hold nothing."""
    made = [Repository.create(tmp_path / f"{name}.git", "alice", 1, name) for name in ("source", "target")]
    yield made[0], made[1]
    for repository in made:
        repository.close()


def fetched(repository: Repository, number: int, parents: tuple[str, ...] = ()) -> str:
    """Put a commit with its files into a repository, as one pack; returns its id."""
    blobs = [Object(BLOB, b"fetch %d, file %d" % (number, at)) for at in range(MANY)]
    tree = Object(TREE, write_tree({f"{at}.txt": (FILE, blob.id) for at, blob in enumerate(blobs)}))
    commit = Commit(tree.id, parents, "una", number, "Work").encode()
    repository.install(Pack(pack_of([*blobs, tree, commit]), None))
    return commit.id


def packs(repository: Repository) -> list[Path]:
    return sorted((repository.path / "objects/pack").glob("*.pack"))


def test_a_pack_that_holds_just_what_is_wanted_is_not_written_again(both: tuple[Repository, Repository]) -> None:
    source, target = both
    commit = fetched(source, 1)
    with copied(source, target, reachable(source.path, commit, "")) as copy:
        assert copy.path == packs(source)[0] and len(copy.names) == MANY + 2
        copy.install(target)
    assert [path.stat().st_ino for path in packs(target)] == [path.stat().st_ino for path in packs(source)]
    assert target.commit(commit).author == "una" and not list(target.path.glob("*.tmp"))


def test_what_is_there_already_is_not_copied(both: tuple[Repository, Repository]) -> None:
    source, target = both
    first = fetched(source, 1)
    second = fetched(source, 2, (first,))
    with copied(source, target, reachable(source.path, first, "")) as copy:
        copy.install(target)
    with copied(source, target, reachable(source.path, second, "")) as copy:
        assert copy.path == packs(source)[1] or copy.path == packs(source)[0]
        assert copy.names == set(reachable(source.path, second, first))
        copy.install(target)
    with copied(source, target, reachable(source.path, second, "")) as copy:
        assert (copy.path, copy.names, copy.size) == (None, frozenset(), 0)
    assert target.commit(second).parents == (first,)


def test_only_what_is_wanted_of_a_pack_is_copied(both: tuple[Repository, Repository]) -> None:
    source, target = both
    commit = fetched(source, 1)
    wanted = set(reachable(source.path, commit, "")) - {commit}
    with copied(source, target, wanted | {"0" * 40}) as copy:
        assert copy.path is not None and copy.path not in packs(source) and copy.names == wanted
        copy.install(target)
        draft = copy.path
    assert not draft.exists() and target.which([*wanted, commit]) == wanted


def test_a_file_is_copied_where_it_cannot_be_linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"content")
    monkeypatch.setattr(os, "link", refuse)
    place_file(one, other)
    assert other.read_bytes() == b"content" and not other.samefile(one)


def test_a_file_that_lies_there_already_leaves_nothing_beside_it(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"content")
    for _ in range(2):
        place_file(one, other)
    assert other.samefile(one) and sorted(tmp_path.iterdir()) == [one, other]
