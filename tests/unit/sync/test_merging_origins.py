"""The numbered cases of docs/reference/merging.md of what a fork takes of its origin."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from hubshare.errors import Invalid
from hubshare.sync.origin import Intake, Rest, incoming, take_in
from hubshare.sync.trees import FILE, DictTree, Entry, Side

_Files = Mapping[str, str]


def _entries(files: _Files) -> dict[str, Entry]:
    return {path: Entry(FILE, text) for path, text in files.items()}


class Fork:
    """A fork and its origin, as trees alone."""

    def __init__(self, files: _Files) -> None:
        self.origin, self.taken, self.files = _entries(files), _entries(files), _entries(files)
        self.left: dict[str, Side] = {}

    def look(self, ours: tuple[str, ...] = (), theirs: tuple[str, ...] = (), rest: Rest = "ask") -> Intake:
        paths = sorted(self.origin.keys() | self.taken.keys())
        differences = [
            (path, self.taken.get(path), self.origin.get(path))
            for path in paths
            if self.taken.get(path) != self.origin.get(path)
        ]
        new = incoming(differences, self.left, self.origin.get)
        return take_in(new, DictTree(self.files), ours, theirs, rest)

    def pull(self, ours: tuple[str, ...] = (), theirs: tuple[str, ...] = (), rest: Rest = "ask") -> set[str]:
        """Take what is new; gives the conflicts that stay open."""
        found = self.look(ours, theirs, rest)
        for path, side in found.changes.items():
            if side is None:
                self.files.pop(path, None)
            else:
                self.files[path] = side
        self.taken, self.left = dict(self.origin), found.left
        return {met.path for met in found.conflicts}

    def edit(self, **files: str) -> None:
        self.files |= _entries(files)

    def edit_origin(self, **files: str) -> None:
        self.origin |= _entries(files)

    def texts(self) -> dict[str, str]:
        return {path: side.id for path, side in self.files.items()}


def test_53_new_at_the_origin() -> None:
    fork = Fork({"a": "1", "b": "1", "c": "1"})
    fork.edit(own="mine", b="mine")
    fork.edit_origin(a="2", new="2")
    del fork.origin["c"]
    assert fork.pull() == set()
    assert fork.texts() == {"a": "2", "b": "mine", "own": "mine", "new": "2"}
    fork.edit_origin(same="x")
    fork.edit(same="x")
    assert fork.look() == Intake(), "both have it already"


def test_54_changed_in_the_fork_and_at_the_origin() -> None:
    fork = Fork({"a": "1", "b": "1", "c": "1"})
    fork.edit(a="mine")
    fork.edit_origin(a="2", b="2")
    del fork.files["c"]
    fork.edit_origin(c="2")
    kinds = {met.path: met.kind for met in fork.look().conflicts}
    assert kinds == {"a": "edited on both sides", "c": "deleted here, edited there"}
    assert fork.pull() == {"a", "c"} and fork.texts() == {"a": "mine", "b": "2"}


def test_55_a_conflict_that_was_left_open() -> None:
    fork = Fork({"a": "1"})
    fork.edit(a="mine")
    fork.edit_origin(a="2")
    assert fork.pull() == {"a"} == fork.pull(), "it stays, however often one pulls"
    fork.edit_origin(a="3")
    (met,) = fork.look().conflicts
    assert (met.base, met.ours, met.theirs) == (Entry(FILE, "1"), Entry(FILE, "mine"), Entry(FILE, "3"))
    fork.edit(a="3")
    assert fork.pull() == set() and fork.left == {}, "both are equal"
    fork.edit(a="1")
    fork.edit_origin(a="4")
    assert fork.pull() == {"a"}
    fork.edit_origin(a="3")
    assert fork.pull() == set() and fork.texts() == {"a": "1"}, "the origin went back to what both knew"


def test_56_a_pick_of_the_forks_side_or_the_origins() -> None:
    fork = Fork({"a": "1", "b": "1", "c": "1"})
    fork.edit(a="mine", b="mine", c="mine")
    fork.edit_origin(a="2", b="2", c="2")
    assert fork.pull(ours=("a",), theirs=("b",)) == {"c"}
    assert fork.texts() == {"a": "mine", "b": "2", "c": "mine"}
    assert fork.pull(rest="theirs") == set() and fork.texts()["c"] == "2"
    assert fork.look() == Intake()
    fork.edit_origin(a="3")
    assert fork.pull() == {"a"}, "what is new there is asked about anew"
    with pytest.raises(Invalid, match="not in conflict"):
        fork.look(ours=("b",))


def test_57_a_file_at_the_origin_against_a_folder_in_the_fork() -> None:
    fork = Fork({"a": "1"})
    fork.edit(**{"x/one": "mine", "x/two": "mine"})
    fork.edit_origin(x="2", a="2")
    assert fork.pull() == {"x"} and fork.texts() == {"a": "2", "x/one": "mine", "x/two": "mine"}
    assert fork.pull(theirs=("x",)) == set()
    assert fork.texts() == {"a": "2", "x": "2"}
    other = Fork({"x/one": "1"})
    other.edit(**{"x/one": "mine"})
    del other.origin["x/one"]
    other.edit_origin(x="2")
    with pytest.raises(Invalid, match="one side for all"):
        other.look(ours=("x",), theirs=("x/one",))
    assert other.pull(theirs=("x",)) == set() and other.texts() == {"x": "2"}
