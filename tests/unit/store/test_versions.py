"""The row that says which commit is published moves only from where it was seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hubshare.git.objects import Commit
from hubshare.store.models import Version
from hubshare.store.versions import NewVersion, move_branch, read_branch
from hubshare.testing.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def test_who_comes_too_late_takes_no_version_off_the_branch(world: World) -> None:
    """Such as a worker that stood still between its decision and its transaction, while another host published."""
    alice = world.join("alice")
    with world.centre.database.read() as session:
        seen = read_branch(session, world.project.id)
    assert seen is not None
    alice.write("a", "alice's")
    world.settle()
    late = Commit(world.repository.commit(seen.head).tree, (seen.head,), "bob", 1, "late").encode()
    with world.centre.database.begin(seen.id) as session:
        assert not move_branch(session, seen, [NewVersion(late.id, late.id, "bob", "late", 1)], 7)
    with world.centre.database.read() as session:
        now = read_branch(session, seen.id)
        assert now is not None and (now.version, now.head) != (seen.version, late.id)
        assert session.query(Version).filter_by(commit=late.id).count() == 0
    assert world.published().keys() == {"a"}
