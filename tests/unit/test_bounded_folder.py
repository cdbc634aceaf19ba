"""A folder that is bounded in bytes lets go of what was used longest ago, of those who have most."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from hubshare.bounded_folder import fair_part, trim

SIZE = 8192


def write(folder: Path, *used: int) -> None:
    folder.mkdir(parents=True)
    for at in used:
        (folder / f"{at}").write_bytes(bytes(SIZE))
        os.utime(folder / f"{at}", (at, at))


def left(folder: Path) -> list[int]:
    return sorted(int(path.name) for path in folder.iterdir())


def test_who_has_little_keeps_it_though_others_have_newer_files(tmp_path: Path) -> None:
    write(tmp_path / "ab" / "small", 1, 2)
    write(tmp_path / "cd" / "large", *range(10, 30))
    trim(tmp_path, 12 * SIZE)
    assert left(tmp_path / "ab" / "small") == [1, 2]
    assert left(tmp_path / "cd" / "large") == list(range(22, 30))


def test_of_those_who_have_much_what_was_used_longest_ago_goes(tmp_path: Path) -> None:
    write(tmp_path / "one", *range(1, 11))
    write(tmp_path / "other", *range(11, 21))
    trim(tmp_path, 10 * SIZE)
    assert len(left(tmp_path / "one")) + len(left(tmp_path / "other")) == 9
    assert left(tmp_path / "one")[-1] == 10 and left(tmp_path / "other")[-1] == 20


def test_what_is_within_the_bound_stays_and_so_does_what_was_just_written(tmp_path: Path) -> None:
    write(tmp_path / "one", 1, 2, 3)
    trim(tmp_path, 3 * SIZE)
    assert left(tmp_path / "one") == [1, 2, 3]
    trim(tmp_path, SIZE, tmp_path / "one" / "1")
    assert left(tmp_path / "one") == [1]


@given(st.lists(st.integers(0, 10**9), max_size=30), st.integers(1, 10**9))
def test_fair_parts_fill_the_bound_and_no_more(sizes: list[int], most: int) -> None:
    fair = fair_part(sizes, most)
    kept = sum(min(size, fair) for size in sizes)
    assert kept <= most * (1 + 1e-9)
    if sum(sizes) > most:
        assert kept >= most * (1 - 1e-9)
    else:
        assert kept == sum(sizes)
