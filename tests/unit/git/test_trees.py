"""Trees: they hold what a dictionary would, and what git would not write is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubshare.errors import BadPack
from hubshare.git.objects import (
    EMPTY_TREE,
    FOLDER,
    TREE,
    diff_trees,
    edit_tree,
    object_id,
    read_tree,
    tree_entry,
    walk_tree,
    write_tree,
)
from hubshare.sync.trees import EXECUTABLE, FILE, LINK, Entry, Side

NAMES = st.sampled_from(["a", "b", "a.b", "a-b", "a0", "ab", "A", "é", "日", "-", "z z"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
ENTRIES = st.builds(
    Entry, st.sampled_from([FILE, EXECUTABLE, LINK]), st.integers(1, 5).map(lambda number: f"{number:040x}")
)
FOLDERS = st.dictionaries(PATHS, ENTRIES, max_size=12)


def _free(files: dict[str, Entry]) -> dict[str, Entry]:
    """Without the files that lie in other files."""
    return {path: entry for path, entry in files.items() if not any(path.startswith(f"{other}/") for other in files)}


class Store(dict[str, bytes]):
    """Trees by their id."""

    def edit(self, root: str, changes: dict[str, Side]) -> str:
        made = edit_tree(self.tree, root, changes)
        self.update(made.made)
        for name, data in made.made.items():
            assert object_id(TREE, data) == name
        return made.root

    def tree(self, name: str) -> bytes:
        return b"" if name == EMPTY_TREE else self[name]

    def files(self, root: str) -> dict[str, Entry]:
        return dict(walk_tree(self.tree, root))


@given(FOLDERS, FOLDERS)
def test_trees_hold_what_a_dictionary_would(one: dict[str, Entry], two: dict[str, Entry]) -> None:
    before, after, store = _free(one), _free(two), Store()
    old = store.edit(EMPTY_TREE, dict(before))
    assert store.files(old) == before
    changes: dict[str, Side] = {path: None for path in before.keys() - after.keys()}
    changes |= {path: entry for path, entry in after.items() if before.get(path) != entry}
    new = store.edit(old, changes)
    assert store.files(new) == after
    assert new == Store().edit(EMPTY_TREE, dict(after)), "equal folders have equal ids, however they came about"
    assert store.edit(new, {}) == new
    differing = list(diff_trees(store.tree, old, new))
    for number, (path, _, _) in enumerate(differing, 1):
        assert list(diff_trees(store.tree, old, new, behind=path)) == differing[number:]
    found = {path: (left, right) for path, left, right in differing}
    assert found == {path: (before.get(path), after.get(path)) for path in changes}
    for path in before.keys() | after.keys():
        here = tree_entry(store.tree, new, path)
        assert after.get(path) == (Entry(*here) if here and here[0] != FOLDER else None)
    assert all(store.tree(name) or name == EMPTY_TREE for name in store), "an empty folder was written"


@given(FOLDERS, st.lists(PATHS, max_size=4))
def test_deleting_what_is_not_there_changes_nothing(files: dict[str, Entry], paths: list[str]) -> None:
    store = Store()
    root = store.edit(EMPTY_TREE, dict(_free(files)))
    gone: dict[str, Side] = dict.fromkeys((path for path in paths if path not in _free(files)), None)
    assert store.edit(root, gone) == root


@given(st.dictionaries(NAMES, st.tuples(st.sampled_from([FOLDER, FILE]), st.just("1" * 40))))
def test_a_tree_is_read_as_it_was_written(items: dict[str, tuple[int, str]]) -> None:
    assert read_tree(write_tree(items)) == items


@given(st.binary(max_size=200))
def test_noise_is_no_tree(noise: bytes) -> None:
    try:
        found = read_tree(noise)
    except BadPack:
        return
    assert write_tree(found) == noise


ITEM = b"\1" * 20


@given(
    st.lists(
        st.tuples(
            st.sampled_from([b"40000", b"100644", b"100755", b"644", b"+40000", b"040000"]),
            st.sampled_from([b"a", b"a.b", b"a0", b"ab", b"b", "é".encode()]),
        ),
        max_size=4,
    )
)
def test_just_those_trees_are_read_that_git_would_write(entries: list[tuple[bytes, bytes]]) -> None:
    data = b"".join(mode + b" " + name + b"\0" + ITEM for mode, name in entries)
    items = {name.decode(): (int(mode, 8), ITEM.hex()) for mode, name in entries}
    if write_tree(items) == data:
        assert read_tree(data) == items
    else:
        with pytest.raises(BadPack):
            read_tree(data)


@pytest.mark.parametrize(
    "data",
    [
        b"100644 a\0" + ITEM + b"100644 a\0" + ITEM,
        b"100644 b\0" + ITEM + b"100644 a\0" + ITEM,
        b"40000 a\0" + ITEM + b"100644 a.b\0" + ITEM,
        b"100644 a/b\0" + ITEM,
        b"100644 /\0" + ITEM,
        b"100644 a\0" + ITEM[:-1],
        b"100644 a",
        b"0100644 a\0" + ITEM,
        b"040000 a\0" + ITEM,
        b"+40000 a\0" + ITEM,
        b"x a\0" + ITEM,
        b"-1 a\0" + ITEM,
        b"644 a\0" + ITEM,
        # One mode is as much too short as the other is too long.
        b"644 a\0" + ITEM + b"+40000 b\0" + ITEM,
        b"100644 a\0" + ITEM + b"+644 b\0" + ITEM,
        b"100644 \xff\0" + ITEM,
        b"100644  a\0",
        b"999999 a\0" + ITEM,
    ],
)
def test_a_tree_that_git_would_not_write_is_refused(data: bytes) -> None:
    with pytest.raises(BadPack):
        read_tree(data)
