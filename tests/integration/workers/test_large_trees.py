"""What is little to push and much on everybody's disk: paths count, not only what came; found without going to each of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hubshare_workers.publish import measuring
from hubshare_workers.publish.agent_push import AgentPush
from hubshare_workers.publish.edit import Edited
from hubshare_workers.publish.publish import publish

from hubshare.config import KIB, MIB
from hubshare.errors import TooLarge
from hubshare.git.objects import FOLDER, TREE, Commit, Object, write_tree
from hubshare.git.packs import Pack, pack_of
from hubshare.git.tree_size import TreeSize, measure
from hubshare.git.verify import verify
from hubshare.jobs import Edit
from hubshare.store.models import Project
from hubshare.testing.world import World
from hubshare.wire.agent import Push, new_id
from tests.helpers.forge import tree_bomb


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture
def limits(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def to(**values: int) -> None:
        for name, value in values.items():
            monkeypatch.setattr(world.centre.settings, name, value)

    return to


def noted(world: World) -> TreeSize:
    """What the database says of the project's size."""
    with world.centre.database.read() as session:
        row = session.get_one(Project, world.project.id)
        assert row.measured == row.head
        return TreeSize(row.files, row.unpacked)


def real(world: World) -> TreeSize:
    """What its tree really takes."""
    repository = world.repository
    root = repository.commit(repository.main).tree
    return measure(repository.tree, lambda name: (repository.kind_and_size(name) or (0, 0))[1], root)


def test_one_content_at_many_paths_counts_as_often_as_it_lies_there(world: World, limits: Callable[..., None]) -> None:
    limits(max_project_bytes=20 * MIB)
    alice, bob = world.join("alice"), world.join("bob")
    alice.write("a/0", "x" * MIB)
    world.settle()
    for number in range(200):
        alice.write(f"b/{number}", "x" * MIB)
    world.settle()
    refused = alice.local.state.refused
    assert refused is not None and refused.code == "too-large"
    assert "alice/course would take 201.0 MiB on the disk of everybody who has it; at most 20.0 MiB" in refused.message
    assert len(bob.files()) == 1 and len(alice.files()) == 201
    for number in range(190):
        (alice.root / f"b/{number}").unlink()
    world.settle()
    assert len(bob.files()) == 11
    assert noted(world) == real(world) == TreeSize(11, 11 * MIB)


def test_what_makes_a_project_smaller_is_accepted_also_where_it_is_too_large_already(
    world: World, limits: Callable[..., None]
) -> None:
    alice, bob = world.join("alice"), world.join("bob")
    for number in range(8):
        alice.write(str(number), f"{number}" * MIB)
    world.settle()
    limits(max_project_bytes=2 * MIB, max_project_files=3)
    (alice.root / "0").unlink()
    alice.write("1", "less")
    world.settle()
    assert alice.local.state.refused is None and bob.files() == alice.files()
    alice.write("new", "new")
    world.settle()
    refused = alice.local.state.refused
    assert refused is not None and "would have 8 files; at most 3 are accepted" in refused.message
    assert noted(world) == real(world)


def test_the_size_is_right_after_merges_moves_links_and_folders_in_the_place_of_files(world: World) -> None:
    alice, bob = world.join("alice"), world.join("bob")
    for number in range(5):
        alice.write(f"d/{number}", "d" * 100 * number)
    world.settle()
    alice.write("d/0", "alice")
    bob.write("d/1", "bob's own, and longer than it was")
    (alice.root / "link").symlink_to("d/0")
    (bob.root / "d/2").rename(bob.root / "moved")
    alice.work()
    bob.work()
    world.settle()
    assert noted(world) == real(world)
    (alice.root / "moved").unlink()
    alice.write("moved/in", "a folder now")
    world.settle()
    (bob.root / "link").unlink()
    shutil.rmtree(bob.root / "d")
    bob.write("d", "a file now")
    world.confirms = True
    world.settle()
    assert noted(world) == real(world)
    assert world.published().keys() == bob.files().keys()


def test_what_an_earlier_version_published_is_measured_with_the_next_push(world: World) -> None:
    alice = world.join("alice")
    alice.write("a", "one")
    alice.write("b", "one")
    world.settle()
    with world.centre.database.begin() as session:
        row = session.get_one(Project, world.project.id)
        # As an upgrade leaves it, or a worker of the version before.
        row.measured, row.files, row.unpacked = "", 0, 0
    alice.write("c", "three")
    world.settle()
    assert noted(world) == real(world) == TreeSize(3, 11)


def test_quotas_count_what_a_project_takes_on_a_disk(world: World, limits: Callable[..., None]) -> None:
    limits(max_owner_bytes=4 * MIB)
    alice = world.join("alice")
    for number in range(3):
        alice.write(f"b/{number}", "x" * MIB)
    world.settle()
    assert alice.local.state.refused is None
    for number in range(3, 6):
        alice.write(f"b/{number}", "x" * MIB)
    world.settle()
    refused = alice.local.state.refused
    assert refused is not None and refused.code == "over-quota"
    assert "hold 3.0 MiB, and this push adds 3.0 MiB" in refused.message


class Reads:
    """Counts the trees that are read."""

    def __init__(self, read: Callable[[str], bytes]) -> None:
        self._read, self.count = read, 0

    def __call__(self, name: str) -> bytes:
        self.count += 1
        return self._read(name)


def test_a_few_trees_that_stand_for_endless_paths_are_counted_and_not_walked(world: World) -> None:
    objects = tree_bomb()
    commit = Commit(objects[-1].id, (world.repository.main,), "alice", 1, "x").encode()
    pack = pack_of([*objects, commit])
    assert len(pack) < 4 * KIB
    with Pack(pack, world.centre.settings) as read:
        reads = Reads(read.read)
        read.read = reads  # type: ignore[method-assign]
        with pytest.raises(TooLarge, match="The push changes 11,111,111,110 files and folders; at most 1,000,000"):
            verify(read, commit.id, "alice", world.repository)
    assert reads.count < 25_000


def test_a_tree_that_names_what_is_published_again_and_again_is_refused(
    world: World, limits: Callable[..., None]
) -> None:
    """Push by push, each a few bytes, five times what there was."""
    limits(max_project_files=500)
    alice = world.join("alice")
    for number in range(5):
        alice.write(f"d/{number}", "x")
    world.settle()
    root = world.repository.commit(world.repository.main).tree
    statuses = []
    for level in range(6):
        top = Object(TREE, write_tree({f"l{level}n{number}": (FOLDER, root) for number in range(5)}))
        commit = Commit(top.id, (world.repository.main,), "alice", 1, "x").encode()
        statuses.append(pushed(world, alice.checkout, commit, [top, commit]))
        if statuses[-1] == "applied":
            root = top.id
    assert statuses[:2] == ["applied", "applied"] and statuses[2:] == ["too-large"] * 4
    assert noted(world) == real(world) and noted(world).files == 125


def pushed(world: World, checkout: str, commit: Object, objects: list[Object]) -> str:
    """Publish a snapshot that was made by hand; its status, or why it was refused."""
    event = Push(id=new_id(), project=world.project.id, checkout=checkout, commit=commit.id, confirmed=True)
    outcome = publish(world.centre, AgentPush(world.centre, "alice", event, pack_of(objects)))
    return outcome.code or outcome.status


def test_a_restore_cannot_make_a_project_too_large_either(world: World, limits: Callable[..., None]) -> None:
    alice = world.join("alice")
    for number in range(3):
        alice.write(f"d/{number}", "x" * MIB)
    world.settle()
    large = world.repository.main
    for number in range(2):
        (alice.root / f"d/{number}").unlink()
    world.settle()
    limits(max_project_bytes=2 * MIB)
    wanted = Edit(new_id(), world.project.id, "alice", "page", "", "Restore", restore=large, confirmed=True)
    outcome = publish(world.centre, Edited(world.centre, wanted))
    assert (outcome.code, outcome.status) == ("too-large", "refused") and "would take 3.0 MiB" in outcome.message
    limits(max_project_bytes=3 * MIB)
    wanted = Edit(new_id(), world.project.id, "alice", "page", "", "Restore", restore=large, confirmed=True)
    assert publish(world.centre, Edited(world.centre, wanted)).status == "applied"
    world.settle()
    assert len(alice.files()) == 3 and noted(world) == real(world)


def test_a_large_project_of_before_is_measured_without_keeping_others_from_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = world.join("alice"), world.join("bob")
    for number in range(1500):
        alice.write(f"{number % 30}/{number}", f"{number}")
    world.settle()
    with world.centre.database.begin() as session:
        row = session.get_one(Project, world.project.id)
        row.measured, row.files, row.unpacked = "", 0, 0
    done = list[TreeSize]()

    def looking(*args: Any) -> TreeSize:
        # Whoever else wants to have the repository has it meanwhile.
        with world.repository.lock(0):
            done.append(measure(*args))
        return done[-1]

    monkeypatch.setattr(measuring, "measure", looking)
    bob.write("new", "of bob")
    world.settle()
    assert done == [TreeSize(1500, 4890)]
    assert noted(world) == real(world) == TreeSize(1501, 4896)
    assert (alice.root / "new").read_text() == "of bob"
