"""What is damaged in a repository keeps no good copy out: whoever brings it once more puts it right."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hubshare.git.objects import BLOB, Object
from hubshare.git.packs import Pack
from hubshare.git.repository import Repository
from hubshare.testing.world import World
from tests.helpers.forge import packed

_WORK = Object(BLOB, b"somebody's work\n" * 500)


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    _replace(path, bytes(content))


def _replace(path: Path, content: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(content)


_DAMAGES = [
    _flip,
    lambda path: _replace(path, b""),
    lambda path: _replace(path, path.read_bytes()[:-3]),
    lambda path: _replace(path, path.read_bytes() + b"more"),
]


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    made = Repository.create(tmp_path / "a.git", "alice", 1, "Create")
    yield made
    made.close()


def _by_git(repository: Repository, name: str) -> bytes:
    command = ["git", "-c", "safe.directory=*", "cat-file", "blob", name]
    return subprocess.run(command, cwd=repository.path, capture_output=True).stdout


def _loose(repository: Repository, name: str) -> Path:
    return repository.path / "objects" / name[:2] / name[2:]


@pytest.mark.parametrize("damage", _DAMAGES)
def test_a_damaged_object_is_replaced_by_the_next_good_copy(
    repository: Repository, damage: Callable[[Path], None]
) -> None:
    repository.add([_WORK])
    damage(_loose(repository, _WORK.id))
    repository.add([_WORK])
    assert _by_git(repository, _WORK.id) == _WORK.data


def test_an_object_that_is_whole_is_left_as_it_is(repository: Repository) -> None:
    repository.add([_WORK])
    before = _loose(repository, _WORK.id).stat()
    repository.add([_WORK])
    assert _loose(repository, _WORK.id).stat() == before


@pytest.mark.parametrize("damage", _DAMAGES)
@pytest.mark.parametrize("suffix", [".pack", ".idx"])
def test_a_damaged_pack_is_replaced_by_the_next_good_copy(
    repository: Repository, damage: Callable[[Path], None], suffix: str
) -> None:
    content = packed([Object(BLOB, b"file %d\n" % number) for number in range(300)])
    with Pack(content, limits=None) as pack:
        repository.install(pack)
        damage(repository.path / "objects/pack" / f"pack-{pack.checksum.hex()}{suffix}")
        repository.install(pack)
    assert _by_git(repository, Object(BLOB, b"file 299\n").id) == b"file 299\n"


def test_a_file_that_was_damaged_at_the_centre_is_whole_once_somebody_pushes_it_again(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    alice, bob = world.join("alice"), world.join("bob")
    alice.write("a.txt", "for all")
    alice.work()
    world.apply()
    name = Object(BLOB, b"for all").id
    _replace(_loose(world.repository, name), b"")
    # He has never seen alice's.
    bob.write("b.txt", "for all")
    bob.work()
    world.apply()
    assert _by_git(world.repository, name) == b"for all"
    world.close()
