"""The pure decisions: classify, merge, plan, ignore rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubshare.sync.ignore import Ignore, case_collisions
from hubshare.sync.merge import Paths, collisions, group, merge
from hubshare.sync.plan import Triple, plan
from hubshare.sync.trees import EXECUTABLE, FILE, DictTree, Entry, Side, State, classify

ONE, TWO, THREE = (Entry(FILE, digit * 40) for digit in "123")
RUN = Entry(EXECUTABLE, "1" * 40)

sides = st.sampled_from([None, ONE, TWO, THREE, RUN])
#: Paths among which files and folders can get in each other's way.
paths = st.sampled_from(["a", "a/b", "a/b/c", "a/d", "e", "a.txt"])


def trees() -> st.SearchStrategy[dict[str, Entry]]:
    """Trees that can exist: nothing lies below a file."""
    return st.dictionaries(paths, st.sampled_from([ONE, TWO, THREE, RUN]), max_size=6).map(real)


def real(entries: dict[str, Entry]) -> dict[str, Entry]:
    kept: dict[str, Entry] = {}
    for path in sorted(entries):
        if not any(path.startswith(f"{other}/") for other in kept):
            kept[path] = entries[path]
    return kept


def changes(old: dict[str, Entry], new: dict[str, Entry]) -> dict[str, tuple[Side, Side]]:
    return {path: (old.get(path), new.get(path)) for path in old.keys() | new.keys() if old.get(path) != new.get(path)}


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "state"),
    [
        (ONE, ONE, ONE, State.CLEAN),
        (None, None, None, State.CLEAN),
        (ONE, TWO, ONE, State.OUTGOING),
        (ONE, None, ONE, State.OUTGOING),
        (ONE, ONE, TWO, State.INCOMING),
        (None, None, TWO, State.INCOMING),
        (ONE, TWO, TWO, State.CONVERGED),
        (ONE, None, None, State.CONVERGED),
        (ONE, TWO, THREE, State.CONFLICT),
        (ONE, None, TWO, State.CONFLICT),
        (None, ONE, TWO, State.CONFLICT),
        (ONE, RUN, TWO, State.CONFLICT),
    ],
)
def test_the_state_of_a_path(base: Side, ours: Side, theirs: Side, state: State) -> None:
    assert classify(base, ours, theirs) is state


@given(trees(), trees(), trees())
def test_a_merge_makes_a_tree_that_can_exist(
    base: dict[str, Entry], ours: dict[str, Entry], theirs: dict[str, Entry]
) -> None:
    merged = merge(changes(base, ours), DictTree(theirs))
    result = {path: side for path, side in (theirs | merged.changes).items() if side is not None}
    assert real(result) == result


@given(trees(), trees(), trees())
def test_a_merge_accounts_for_every_change(
    base: dict[str, Entry], ours: dict[str, Entry], theirs: dict[str, Entry]
) -> None:
    ours_changes = changes(base, ours)
    merged = merge(ours_changes, DictTree(theirs))
    in_conflict = {conflict.path for conflict in merged.conflicts}
    assert merged.changes.keys() | in_conflict | merged.agreed == ours_changes.keys()
    assert not merged.changes.keys() & in_conflict
    for path in merged.changes:
        assert theirs.get(path) == base.get(path), "what they changed is never overwritten"


@given(trees(), trees())
def test_merging_into_an_unchanged_tree_publishes_everything(base: dict[str, Entry], ours: dict[str, Entry]) -> None:
    merged = merge(changes(base, ours), DictTree(base))
    assert not merged.conflicts
    assert {path: side for path, side in (base | merged.changes).items() if side is not None} == ours


@given(trees(), trees(), trees(), st.sets(paths, max_size=2))
def test_a_frozen_path_is_never_published(
    base: dict[str, Entry], ours: dict[str, Entry], theirs: dict[str, Entry], frozen: set[str]
) -> None:
    merged = merge(changes(base, ours), DictTree(theirs), frozen)
    assert not any(Paths(frozen).touch(path) for path in merged.changes)


@given(trees(), trees(), trees())
def test_a_plan_touches_only_what_nobody_edited_here(
    agreed: dict[str, Entry], local: dict[str, Entry], published: dict[str, Entry]
) -> None:
    known = agreed.keys() | local.keys() | published.keys()
    made = plan([Triple(p, agreed.get(p), local.get(p), published.get(p)) for p in known], DictTree(local))
    for path in made.write.keys() | made.delete.keys():
        assert local.get(path) == agreed.get(path)
    after = {path: entry for path, entry in local.items() if path not in made.delete}
    after |= {path: entry for path, (_, entry) in made.write.items()}
    assert real(after) == after, "what is on disk afterwards can exist"


def test_held_paths_are_in_no_other_part_of_a_plan() -> None:
    made = plan([Triple("a", ONE, ONE, TWO, "unreadable")], DictTree({"a": ONE}))
    assert made.held == {"a": "unreadable"}
    assert not made.write
    assert not made.conflicts


def test_a_deletion_frees_its_place() -> None:
    assert collisions({"a": None, "a/b": ONE}, DictTree({"a": TWO})) == []
    assert collisions({"a/b": ONE}, DictTree({"a": TWO})) == ["a/b"]
    assert collisions({"a": ONE}, DictTree({"a/b": TWO})) == ["a"]
    assert collisions({"a": ONE, "a/b": None}, DictTree({"a/b": TWO})) == []


def test_conflicts_above_and_below_a_path_are_settled_with_it() -> None:
    assert group("x", ["x", "x/y", "z", "xy"]) == {"x", "x/y"}
    assert group("x/y", ["x", "x/y", "x/z"]) == {"x", "x/y"}


@pytest.mark.parametrize(
    ("path", "folder", "pattern"),
    [
        (".ipynb_checkpoints", True, ".ipynb_checkpoints/"),
        ("deep/.ipynb_checkpoints", True, ".ipynb_checkpoints/"),
        (".~notebook.ipynb", False, ".~*"),
        (".hubshare-0123.tmp", False, ".hubshare-*.tmp"),
        ("a/.notes.swp", False, ".*.sw[a-p]"),
        (".#notes.py", False, ".#*"),
        ("#notes.py#", False, "\\#*#"),
        ("#notes.py", False, None),
        (".jupyter_ystore.db-wal", False, ".jupyter_ystore.db*"),
        ("notebook.ipynb", False, None),
        ("node_modules", False, None),
    ],
)
def test_built_in_rules(path: str, folder: bool, pattern: str | None) -> None:
    found = Ignore().rule(path, folder)
    assert (found.pattern if found else None) == pattern


def test_own_rules_come_after_and_can_take_back() -> None:
    ignore = Ignore(b"*.csv\n!keep.csv\n!.venv/\n# a comment\n\n")
    assert str(ignore.rule("data.csv")) == "ignore rule '*.csv' (.hubshareignore)"
    assert ignore.rule("keep.csv") is None
    assert ignore.rule(".venv", folder=True) is None


def test_twins_in_case_and_normalisation_are_found_in_folders_too() -> None:
    found = case_collisions(["Data/a", "data/b", "caf\u00e9", "cafe\u0301", "plain"])
    assert {frozenset(pair) for pair in found} == {
        frozenset({"Data", "data"}),
        frozenset({"cafe\u0301", "caf\u00e9"}),
    }
