"""The same place on another branch, and the link that is kept of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubshare.errors import Invalid
from hubshare.features.imports.branches import branch_of, on_branch
from hubshare.features.imports.links import Git, Link, read_link
from hubshare.features.imports.stored import read_stored, stored_place
from hubshare.sealed import Sealer

SITE = "https://example.org/a/course.git"


@pytest.mark.parametrize(
    ("link", "label", "before", "folder"),
    [
        (Link(Git(SITE)), "main at 1234567", "", ""),
        (Link(Git(SITE, "master"), folder="week 1"), "master at 1234567", "master", "week 1"),
        (Link(Git(SITE, "master", "week 1")), "master at 1234567", "master", "week 1"),
        (Link(Git(SITE, "feature", "x/week 1/a.ipynb")), "feature/x at 1234567", "feature/x", "week 1/a.ipynb"),
        (Link(Git(SITE, "feature", "x")), "feature/x at 1234567", "feature/x", ""),
        (Link(Git(SITE, "feature", "xy/z")), "feature/x at 1234567", "feature", "xy/z"),
        (Link(Git(SITE, "master", "week 1")), "", "master", "week 1"),
        (Link(Git(SITE, "0" * 40, "week 1")), "0000000", "0" * 40, "week 1"),
    ],
)
def test_the_same_place_on_another_branch(link: Link, label: str, before: str, folder: str, tmp_path: Path) -> None:
    sealer = Sealer(tmp_path)
    fetched = ("commit:1", label, SITE) if label else ()
    assert branch_of(link, fetched) == before
    for branch in ("main", "term/2027-ü", "v1.0", ""):
        found = on_branch(link, branch, fetched)
        assert found == Link(Git(SITE, branch), folder=folder)
        assert read_stored(sealer, stored_place(sealer, found)) == found


def test_what_may_be_secret_in_an_address_stays_sealed(tmp_path: Path) -> None:
    sealer = Sealer(tmp_path)
    link = on_branch(Link(Git("https://example.org/course?token=s3cret")), "main", ())
    kept = stored_place(sealer, link)
    assert "s3cret" not in kept and read_stored(sealer, kept) == link


def test_what_has_no_branches_is_said() -> None:
    link = read_link("https://example.org/a.zip")
    assert branch_of(link, ()) is None
    with pytest.raises(Invalid, match="no git repository"):
        on_branch(link, "main", ())
    with pytest.raises(Invalid, match="cannot be a branch"):
        on_branch(Link(Git(SITE)), "--upload-pack=x", ())
