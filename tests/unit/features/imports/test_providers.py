"""Where a link's branch ends and its path begins; and providers that other packages bring."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points

import pytest

from hubshare.errors import NotFound
from hubshare.features.imports.links import File, Link, read_link
from hubshare.features.imports.providers import registry
from hubshare.features.imports.providers.git import Place, find_place
from hubshare.features.imports.providers.interface import GROUP

A, B, C, D = ("a" * 40, "b" * 40, "c" * 40, "d" * 40)
REFS = {
    "HEAD": A,
    "HEAD@": "refs/heads/main",
    "refs/heads/main": A,
    "refs/heads/feature": B,
    "refs/heads/feature/x": C,
    "refs/tags/v1": D,
    "refs/tags/main": D,
    "refs/pull/7/head": B,
}


@pytest.mark.parametrize(
    ("wanted", "behind", "place"),
    [
        ("", "", Place("refs/heads/main", A, "")),
        ("", "docs", Place("refs/heads/main", A, "docs")),
        ("main", "", Place("refs/heads/main", A, "")),
        ("main", "a/b", Place("refs/heads/main", A, "a/b")),
        ("feature", "", Place("refs/heads/feature", B, "")),
        ("feature", "x/y", Place("refs/heads/feature/x", C, "y")),
        ("feature", "z", Place("refs/heads/feature", B, "z")),
        ("v1", "", Place("refs/tags/v1", D, "")),
        ("refs/tags/main", "", Place("refs/tags/main", D, "")),
        ("refs", "heads/feature/x/y", Place("refs/heads/feature/x", C, "y")),
        ("heads/main", "", Place("refs/heads/main", A, "")),
        ("refs/pull/7/head", "", Place("refs/pull/7/head", B, "")),
        ("e" * 40, "a/b", Place("", "e" * 40, "a/b")),
        (B[:7], "", Place("", B, "")),
    ],
)
def test_the_longest_ref_is_meant(wanted: str, behind: str, place: Place) -> None:
    assert find_place(REFS, wanted, behind) == place


@pytest.mark.parametrize("wanted", ["none", "HEAD@", "feature/y", "1234567"])
def test_what_is_no_ref_is_said(wanted: str) -> None:
    with pytest.raises(NotFound):
        find_place(REFS, wanted)


def test_who_names_a_branch_that_is_gone_is_told_what_is_shown_instead() -> None:
    with pytest.raises(NotFound, match=r"'master'\. What it shows first is the branch 'trunk'"):
        find_place({"refs/heads/trunk": A, "HEAD": A, "HEAD@": "refs/heads/trunk"}, "master")


def test_a_repository_may_show_nothing_first() -> None:
    with pytest.raises(NotFound, match="no default branch"):
        find_place({"refs/heads/work": A}, "")
    assert find_place({"HEAD": B}, "") == Place("HEAD", B, "")


class DriveProvider:
    """What another package may bring."""

    name = "drive"

    def accepts(self, link: Link) -> bool:
        return isinstance(link.source, File) and "//drive.example/" in link.source.url


@pytest.fixture
def others(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    ours = entry_points(group=GROUP)
    theirs = EntryPoint("zz-drive", f"{__name__}:DriveProvider", GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [*ours, theirs])
    registry.providers.cache_clear()
    yield
    monkeypatch.undo()
    registry.providers.cache_clear()


@pytest.mark.usefixtures("others")
def test_a_provider_of_another_package_is_asked_before_ours() -> None:
    assert registry.provider_for(read_link("https://drive.example/a.csv")).name == "drive"
    assert registry.provider_for(read_link("https://example.org/a.csv")).name == "file"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("https://github.com/a/b", "git"),
        ("https://gist.github.com/" + "a" * 32, "git"),
        ("https://example.org/a.zip", "archive"),
        ("https://example.org/a.csv", "file"),
        ("10.5281/zenodo.1", "doi"),
        ("https://zenodo.org/records/1", "record"),
        ("https://figshare.com/articles/dataset/x/1", "figshare"),
        ("https://d.example.org/citation?persistentId=doi:10.1/2", "record"),
    ],
)
def test_each_kind_of_source_has_a_provider(text: str, name: str) -> None:
    assert registry.provider_for(read_link(text)).name == name
