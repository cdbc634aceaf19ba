"""The content of an object is read piece by piece, however it is kept."""

from __future__ import annotations

import os
import random
import subprocess
import zlib
from pathlib import Path

import pytest

from hubshare.config import MIB
from hubshare.git import object_folder
from hubshare.git.archive import Format, archive
from hubshare.git.checkpoints import Checkpoints
from hubshare.git.objects import BLOB, Object
from hubshare.git.packs import Pack
from hubshare.git.repository import Repository
from hubshare.git.update import write_update
from tests.helpers.forge import snapshot
from tests.helpers.memory import PeakMemory

LARGE = 32 * MIB


def git(path: Path, *args: str, given: bytes | None = None) -> str:
    command = ["git", "-c", "safe.directory=*", *args]
    done = subprocess.run(command, cwd=path, input=given, capture_output=True, check=True)
    return done.stdout.decode().strip()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository.create(tmp_path / "a.git", "alice", 1, "Create")


def kept_as_differences(repository: Repository) -> list[tuple[str, bytes]]:
    """Contents of some MB, of which git keeps one as a whole and the others as what differs from it."""
    base = random.Random(1).randbytes(6 * MIB)
    contents = [base, base[:MIB] + b"other" + base[MIB:], base + b"more", base[: 5 * MIB]]
    names = [git(repository.path, "hash-object", "-w", "--stdin", given=content) for content in contents]
    git(
        repository.path,
        "pack-objects",
        "-q",
        "--window=10",
        "objects/pack/pack",
        given="\n".join(f"{name} big.bin" for name in names).encode(),
    )
    git(repository.path, "prune-packed", "-q")
    (index,) = (repository.path / "objects" / "pack").glob("*.idx")
    assert "chain length" in git(repository.path, "verify-pack", "-v", str(index)), "git keeps none as a difference"
    return list(zip(names, contents, strict=True))


@pytest.mark.parametrize("size", [0, 1, 4096, 300_000, 3 * MIB])
def test_a_loose_object_comes_as_it_was(repository: Repository, size: int) -> None:
    for content in (bytes(size), os.urandom(size)):
        item = Object(BLOB, content)
        repository.add([item])
        with repository.stream(item.id) as found:
            assert (found.type, found.size) == (BLOB, size)
            assert found.peek(10) == content[:10]
            assert found.read(5000) == content[:5000]
            assert b"".join(found) == content[5000:]
        assert repository.beginning(item.id, 100) == content[:100]


@pytest.mark.parametrize("packed", [False, True])
def test_a_range_of_what_was_read_before_is_not_unpacked_from_the_beginning(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    every = 1 * MIB
    monkeypatch.setattr(object_folder, "_CHECKPOINTS", Checkpoints(every))
    seeded = random.Random(2)
    # Some of it is stored, and some compressed.
    content = b"".join(
        seeded.randbytes(MIB) if number % 2 else bytes(seeded.choices(range(90), k=MIB)) for number in range(8)
    )
    name = git(repository.path, "hash-object", "-w", "--stdin", given=content)
    if packed:
        git(repository.path, "pack-objects", "-q", "objects/pack/pack", given=name.encode())
        git(repository.path, "prune-packed", "-q")
    for wanted in (len(content) - 1, 0, 3 * MIB, len(content) - 10, 5 * MIB + 17, len(content)):
        with repository.stream(name, wanted) as found:
            assert found.start <= wanted and b"".join(found) == content[found.start :]
    with repository.stream(name, len(content) - 1) as found:
        assert len(content) - found.start <= every + 2 * 256 * 1024
    with repository.stream(name) as found:
        assert found.start == 0 and b"".join(found) == content


def test_places_in_no_more_than_the_last_few_objects_are_kept(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_folder, "_CHECKPOINTS", Checkpoints(MIB))
    names = []
    for number in range(9):
        item = Object(BLOB, random.Random(number).randbytes(3 * MIB))
        repository.add([item])
        with repository.stream(item.id, 0) as found:
            assert sum(map(len, found)) == 3 * MIB
        names.append(item.id)
    starts = []
    for name in names:
        with repository.stream(name, 3 * MIB) as found:
            starts.append(found.start > 0)
    assert starts == [False, *[True] * 8]


def test_a_place_is_not_used_in_another_file_of_the_same_name(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_folder, "_CHECKPOINTS", Checkpoints(MIB))
    content = random.Random(3).randbytes(2 * MIB) + bytes(2 * MIB)
    name = git(repository.path, "hash-object", "-w", "--stdin", given=content)
    with repository.stream(name, 0) as found:
        assert b"".join(found) == content
    path = repository.path / "objects" / name[:2] / name[2:]
    other = path.with_name("other")
    other.write_bytes(zlib.compress(zlib.decompress(path.read_bytes()), 1))
    other.replace(path)
    with repository.stream(name, len(content)) as found:
        assert found.start == 0 and b"".join(found) == content


def test_an_object_that_git_keeps_as_a_difference_comes_as_it_was(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, content in kept_as_differences(repository):
        with repository.stream(name) as found:
            assert (found.size, b"".join(found)) == (len(content), content)
        assert repository.beginning(name, 4096) == content[:4096]
    monkeypatch.setattr(object_folder, "_AT_ONCE", 100 * MIB)
    for name, content in kept_as_differences(repository):
        with repository.stream(name) as found:
            assert b"".join(found) == content


def test_a_file_that_differs_from_a_large_one_is_not_put_together_in_this_process(repository: Repository) -> None:
    (_, _), *others = kept_as_differences(repository)
    with PeakMemory() as memory:
        for name, content in others:
            assert repository.beginning(name, 4096) == content[:4096]
    assert memory.grown < 3 * MIB


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repository, str]:
    """A repository with a version that holds a file of 32 MiB, half of which can be compressed."""
    made = Repository.create(tmp_path_factory.mktemp("large") / "a.git", "alice", 1, "Create")
    source = made.path.with_name("source")
    with source.open("wb") as file:
        for _ in range(LARGE // MIB // 2):
            file.write(os.urandom(MIB))
            file.write(bytes(MIB))
    blob = git(made.path, "hash-object", "-w", str(source))
    source.unlink()
    items = snapshot(made.main, {"large.bin": (0o100644, blob), "small.txt": b"small"}, "alice")
    made.add(items)
    return made, items[-1].id


@pytest.mark.parametrize("form", ["zip", "tar"])
def test_an_archive_holds_no_file_in_memory(large: tuple[Repository, str], form: Format) -> None:
    repository, commit = large
    root = repository.commit(commit).tree
    with PeakMemory() as memory:
        total = sum(len(piece) for piece in archive(repository, root, "top", 1, form))
    assert total > LARGE // 2
    assert memory.grown < 10 * MIB


def test_a_pack_for_a_checkout_holds_no_file_in_memory(large: tuple[Repository, str], tmp_path: Path) -> None:
    repository, commit = large
    with PeakMemory() as memory, (tmp_path / "update.pack").open("w+b") as file:
        write_update(repository, file, None, commit)
    assert memory.grown < 10 * MIB
    with Pack(tmp_path / "update.pack", None) as pack:
        assert commit in pack and len(pack.places) == 4
