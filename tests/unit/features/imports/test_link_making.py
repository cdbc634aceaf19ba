"""Links that are made for others, what their parameters take, and the name that is proposed for what a link leads to."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from hubshare.features.imports.links import Doi, File, Git, default_name, make_link, read_link, read_parameters

HUB = "https://hub.example.org/hub/user-redirect/git-pull"
REPO = "https://github.com/data-8/materials.git"


def test_a_link_that_is_made_is_read_as_what_it_was_made_of() -> None:
    made = make_link(
        HUB, "https://github.com/data-8/materials", branch="feature/x", opens="my work/a b.ipynb", target="d8"
    )
    link = read_link(made)
    assert (link.source, link.opens, link.target) == (
        Git(REPO, "feature/x"),
        "my work/a b.ipynb",
        "d8",
    )
    query = dict(pair.split("=") for pair in urlsplit(made).query.split("&"))
    assert query.keys() == {"repo", "branch", "targetpath", "urlpath"}, "nbgitpuller knows these"


def test_parameters_take_any_source() -> None:
    assert read_parameters({"repo": "10.5281/zenodo.1"}).source == Doi("10.5281/zenodo.1")
    assert read_parameters({"repo": "https://example.org/a.csv"}).source == File("https://example.org/a.csv")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("https://github.com/data-8/materials", "materials"),
        ("https://github.com/data-8/materials/tree/main/Week%201", "week-1"),
        ("https://example.org/My%20Data.tar.gz", "my-data"),
        ("https://example.org/a.csv", "a"),
        ("https://gist.github.com/ana/9a8b7c6d5e4f3a2b1c0d9a8b7c6d5e4f", "gist-9a8b7c6d"),
        ("10.5281/zenodo.12", "zenodo.12"),
        ("https://zenodo.org/records/12", "zenodo-12"),
        (f"{HUB}?repo=https%3A%2F%2Fgithub.com%2Fdata-8%2Fmaterials&targetpath=courses%2FD8", "d8"),
        ("https://github.com/a/api", "api-project"),
        ("https://example.org/%E6%96%87", "import"),
    ],
)
def test_a_name_is_proposed(text: str, name: str) -> None:
    assert default_name(read_link(text)) == name
