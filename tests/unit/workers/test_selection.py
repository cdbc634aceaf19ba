"""Which files of an upload are published: what nobody wants is left out and said, what cannot be is refused by its name."""

from __future__ import annotations

import io
from collections.abc import Iterable

import pytest
from hubshare_workers.uploads.selection import Selection, select
from hubshare_workers.uploads.zip_file import ZipReader

from hubshare.config import Limits
from hubshare.errors import BadPath, Invalid
from hubshare.sync.ignore import Ignore
from tests.helpers.zips import zipped


def selected(names: Iterable[str], folder: str = "", take_off: bool = False, rules: bytes = b"") -> Selection:
    members = ZipReader(io.BytesIO(zipped(dict.fromkeys(names, b""))), Limits()).members
    return select(members, folder, take_off, lambda _: Ignore(rules))


def test_the_one_folder_of_a_zip_is_taken_off_if_that_is_wanted() -> None:
    names = ["course-main/", "course-main/a.md", "course-main/week-1/b.md", "__MACOSX/course-main/._a.md"]
    off = selected(names, take_off=True)
    assert sorted(off.files) == ["a.md", "week-1/b.md"] and off.top == "course-main"
    assert [left.path for left in off.left_out] == ["__MACOSX/course-main/._a.md"]
    kept = selected(names, "sub")
    assert sorted(kept.files) == ["sub/course-main/a.md", "sub/course-main/week-1/b.md"] and kept.top == ""
    assert selected(["a/x", "b/y"], take_off=True).top == ""
    assert selected(["a.md"], take_off=True).files.keys() == {"a.md"}


def test_what_programs_keep_for_themselves_is_left_out_and_said() -> None:
    found = selected(
        ["a.md", "x/.DS_Store", "Thumbs.db", "x/.git/config", "x/.ipynb_checkpoints/a.ipynb", "data/big.csv"],
        rules=b"*.csv\n",
    )
    assert found.files.keys() == {"a.md"}
    reasons = {left.path: left.reason for left in found.left_out}
    assert "git itself" in reasons["x/.git/config"] and "'*.csv'" in reasons["data/big.csv"]
    assert len(reasons) == 5
    with pytest.raises(Invalid, match=r"no file in it that can be published, for 'Thumbs.db' is left out"):
        selected(["Thumbs.db"])


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../a",
        "a/../../b",
        "a//b",
        ".GIT/config",
        "x/.git\u200c/config",
        "git~1/config",
        ".gitmodules",
        "a\rb",
        "a" * 256,
        "d/" * 200 + "a",
    ],
)
@pytest.mark.parametrize("folder", ["", "week"])
@pytest.mark.parametrize("take_off", [False, True])
def test_a_path_that_cannot_be_in_a_project_is_named(name: str, folder: str, take_off: bool) -> None:
    with pytest.raises(BadPath, match="cannot be in a project"):
        selected([name], folder, take_off)


@pytest.mark.parametrize("names", [["t/a", "t\\a"], ["a/b", "a"]])
def test_two_for_one_place_are_refused(names: list[str]) -> None:
    with pytest.raises(Invalid, match=r"two files for 't/a'|a folder as well"):
        selected(names)
