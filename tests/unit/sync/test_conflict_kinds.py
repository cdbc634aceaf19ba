"""The kind of a conflict is the same on the pages, which read it at the centre, and in the folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from hubshare.store.models import Conflict
from hubshare.testing.world import World

Change = Callable[[Path], object]


def edit(text: str) -> Change:
    return lambda root: (root / "a").write_text(text)


def delete(root: Path) -> None:
    (root / "a").unlink()


def file_at(root: Path) -> None:
    (root / "x").write_text("a file")


def folder_at(root: Path) -> None:
    (root / "x").mkdir()
    (root / "x/y").write_text("in a folder")


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        (edit("A"), edit("B"), "edited on both sides"),
        (edit("A"), delete, "deleted here, edited there"),
        (delete, edit("B"), "edited here, deleted there"),
        (folder_at, file_at, "a file here, a folder there"),
    ],
    ids=["edits", "deleted here", "deleted there", "file and folder"],
)
def test_a_conflict_is_called_the_same_at_both_ends(tmp_path: Path, first: Change, second: Change, kind: str) -> None:
    world = World(tmp_path / "world")
    try:
        alice = world.join("alice")
        for path in ("a", "b"):
            alice.write(path, path)
        world.settle()
        bob = world.join("bob")
        world.settle()
        first(alice.root)
        alice.work()
        while world.to_centre:
            world.apply()
        second(bob.root)
        world.settle()
        with world.centre.database.read() as session:
            rows = {row.path: row.kind for row in session.scalars(select(Conflict))}
        here = bob.conflicts()
        assert here == rows and kind in here.values()
    finally:
        world.close()
