"""What subscribers get brings them on from what they have, whatever the pusher has left out; and what is not whole heals."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hubshare.git.objects import BLOB, COMMIT, TREE, Object
from hubshare.git.packs import Pack, pack_of
from hubshare.testing.doubles import DirectClient
from hubshare.testing.world import Member, World
from hubshare.wire.agent import Push, Update, new_id

#: Sizes of content: travels along; is kept as a file; is uploaded.
SIZES = [10, 30_000, 100_000]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "world")
    yield made
    made.close()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The contents that agents had to ask for."""
    made: list[list[str]] = []
    plain = DirectClient.download_contents

    def counted(self: DirectClient, project: str, commit: str, paths: list[str], *more: object) -> None:
        made.append(paths)
        plain(self, project, commit, paths, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(DirectClient, "download_contents", counted)
    return made


def leave_out(world: World, alice: Member, unwanted: Callable[[Object], bool]) -> int:
    """Have Alice's push, which is under way, leave out some objects; return how many."""
    user, (raw, pack) = world.to_centre.pop()
    push = Push.model_validate_json(raw)
    source = world.centre.uploads.path(user, push.upload) if push.upload else pack
    with Pack(source, limits=None) as found:
        objects = [found.read(name) for name in found.places]
    left = [item for item in objects if item.type == COMMIT or not unwanted(item)]
    new = pack_of(left)
    if push.upload:
        push = push.model_copy(update={"upload": new_id()})
        assert push.upload
        world.centre.uploads.append(user, push.upload, 0, new)
        world.centre.uploads.finish(user, push.upload)
        new = b""
    world.to_centre.append((user, (push.encode(), new)))
    return len(objects) - len(left)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", [TREE, BLOB, 0])
def test_a_push_that_leaves_out_what_the_project_had_once_reaches_everybody_whole(
    world: World, asked: list[list[str]], size: int, kind: int
) -> None:
    alice, bob = world.join("alice"), world.join("bob")
    content = os.urandom(size)
    alice.write("other", "other")
    world.settle()
    (alice.root / "data/deep").mkdir(parents=True)
    (alice.root / "data/deep/file").write_bytes(content)
    world.settle()
    for path in ("data/deep/file", "data/deep", "data"):
        target = alice.root / path
        target.rmdir() if target.is_dir() else target.unlink()
    world.settle()
    assert bob.files().keys() == {"other"}
    carol = world.join("carol")
    world.settle()
    asked.clear()
    # The same once more, and something new beside it.
    (alice.root / "data/deep").mkdir(parents=True)
    (alice.root / "data/deep/file").write_bytes(content)
    (alice.root / "new").write_bytes(os.urandom(size))
    alice.work()
    assert leave_out(world, alice, lambda item: item.id in world.repository and kind in (0, item.type))
    world.settle()
    for member in (bob, carol):
        assert (member.root / "data/deep/file").read_bytes() == content
    assert not asked, "what they got was all that they needed"


@pytest.mark.parametrize("size", SIZES)
def test_a_copy_of_a_file_reaches_everybody_whole(world: World, asked: list[list[str]], size: int) -> None:
    alice, bob = world.join("alice"), world.join("bob")
    (alice.root / "file").write_bytes(os.urandom(size))
    world.settle()
    asked.clear()
    (alice.root / "copy").write_bytes((alice.root / "file").read_bytes())
    world.settle()
    assert (bob.root / "copy").read_bytes() == (alice.root / "file").read_bytes()
    assert not asked


def broken(pack: bytes) -> dict[str, bytes]:
    """A pack in which something is wrong, by what it is."""
    commit = next(iter(_objects(pack, COMMIT)))
    return {
        "empty": b"",
        "cut": pack[:-40],
        "changed": pack[:30] + bytes([pack[30] ^ 1]) + pack[31:],
        "no trees": pack_of([commit, *_objects(pack, BLOB)]),
        "no commit": pack_of([*_objects(pack, TREE), *_objects(pack, BLOB)]),
    }


def _objects(raw: bytes, kind: int) -> list[Object]:
    found = Pack(raw, limits=None)
    return [found.read(name) for name, place in found.places.items() if place.type == kind]


@pytest.mark.parametrize("where", ["along", "kept"])
@pytest.mark.parametrize("fault", ["empty", "cut", "changed", "no trees", "no commit"])
def test_whoever_meets_an_update_that_is_not_whole_heals(world: World, where: str, fault: str) -> None:
    alice, bob = world.join("alice"), world.join("bob")
    alice.write("folder/a", "a")
    world.settle()
    (alice.root / "folder/b").write_bytes(os.urandom(10 if where == "along" else 30_000))
    alice.work()
    world.apply()
    at = next(place for place, (event, _) in enumerate(bob.inbox) if isinstance(event, Update))
    event, pack = bob.inbox[at]
    assert isinstance(event, Update) and event.parent
    if where == "along":
        bob.inbox[at] = (event, broken(pack)[fault])
    kept = world.centre.repositories.update(world.project.id, event.parent, event.commit)
    kept.write_bytes(broken(kept.read_bytes())[fault])
    for _ in range(3):
        while bob.inbox:
            bob.deliver()
        bob.work()
    assert (bob.root / "folder/b").read_bytes() == (alice.root / "folder/b").read_bytes()
