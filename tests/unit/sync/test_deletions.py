"""The deletion guard: which deletions are asked about, and what a confirmation is good for."""

from __future__ import annotations

import pytest

from hubshare.sync.deletions import Deletions, count_left, deleted, digest, in_short, left_limit, must_be_confirmed
from hubshare.sync.trees import FILE, Entry

ONE, TWO = (Entry(FILE, digit * 40) for digit in "12")


@pytest.mark.parametrize(
    ("gone", "lately", "left", "asks"),
    [
        (0, 0, 0, False),
        (0, 400, 0, False),
        (1, 0, 41, False),
        (20, 0, 22, False),
        (21, 0, 21, True),
        (42, 0, 0, True),
        (1, 20, 21, True),
        (1, 0, 0, True),
        (1, 2, 0, True),
        (1, 0, 1, False),
        (5, 0, 4, False),
        (5, 0, 5, True),
        (500, 0, 5000, False),
        (501, 0, 5000, True),
        (1, 500, 5000, True),
    ],
)
def test_many_half_of_a_project_and_the_last_file_are_asked_about(
    gone: int, lately: int, left: int, asks: bool
) -> None:
    assert must_be_confirmed(Deletions(gone, lately, left), 500) is asks


def test_commands_that_a_person_gives_one_by_one_count_together_as_a_part_of_the_project() -> None:
    assert not must_be_confirmed(Deletions(1, 500, 5000), 500, each=True)
    assert must_be_confirmed(Deletions(1, 20, 21), 500, each=True)


def test_what_is_moved_is_not_deleted() -> None:
    changes = {"a": (ONE, None), "b": (ONE, None), "c": (TWO, None), "new/a": (None, ONE), "edited": (ONE, TWO)}
    assert list(deleted(changes)) == ["b", "c"], "one of two equal files was moved"


@pytest.mark.parametrize("files", [0, 1, 5, 30])
@pytest.mark.parametrize("gone", [1, 4, 12])
def test_counting_up_to_a_limit_decides_as_counting_all_does(files: int, gone: int) -> None:
    paths = [f"keep-{number}" for number in range(files)] + [f"gone-{number}" for number in range(gone)]
    changes = {f"gone-{number}": (ONE, None) for number in range(gone)} | {"new": (None, TWO)}
    counted = count_left(paths, changes, left_limit(gone, 0))
    assert counted <= files + 1
    whole = must_be_confirmed(Deletions(gone, 0, files + 1), 500)
    assert must_be_confirmed(Deletions(gone, 0, counted), 500) is whole


def test_a_mark_is_of_just_these_deletions() -> None:
    found = digest({"a": ONE, "b": TWO})
    assert found == digest({"b": TWO, "a": ONE})
    assert len({found, digest({"a": ONE}), digest({"a": TWO, "b": TWO}), digest({"a": ONE, "b": TWO, "c": ONE})}) == 4


def test_a_question_names_what_goes_in_one_line() -> None:
    assert in_short(["a.txt"]) == "a.txt"
    assert in_short(["data/1", "data/x/2", "b", "c\n", "d"]) == "data/ with 2, b, 'c\\n' and 1 more"
