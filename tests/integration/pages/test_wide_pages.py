"""Folders and versions of thousands of files, without scripts: page by page, each name once, in bounded work."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

import pytest
from sqlalchemy import event

from hubshare.git import objects
from hubshare.service.pages.project import folder as folder_module
from hubshare.service.pages.project.folder import ROWS
from hubshare.testing.centre import PREFIX, TestCentre
from hubshare.wire.agent import new_id
from tests.helpers.forge import Content
from tests.helpers.page_visitors import Browser, Shared, needs_assets, until, words

pytestmark = needs_assets

FILES = 3 * ROWS + 200


@pytest.fixture(scope="module")
def visitor(centre: TestCentre) -> Browser:
    return Browser(centre)


@pytest.fixture(scope="module")
def wide(centre: TestCentre) -> Shared:
    """A public project with thousands of files in a folder, and as many at its top; the second version changes all of them."""
    made = Shared(centre, "dora", f"wide-{new_id()[:6]}", visibility="public")
    for version in (1, 2):
        inside: dict[str | bytes, Content] = {f"img {n}.txt": b"%d %d" % (version, n) for n in range(FILES)}
        inside |= {"README.md": b"# Pictures\n", "zoo": {"x.txt": b"x"}}
        top: dict[str | bytes, Content] = {f"n{n}.txt": b"n" for n in range(ROWS + 5)}
        made.push(top | {"data": inside}, f"Take {version}")
    return made


def pages(browser: Browser, path: str) -> Iterator[str]:
    """All pages, by the way to the next one that each of them shows."""
    while True:
        page = browser.get(path).text
        yield page
        following = re.search(r'href="([^"]+)" rel="next">More', page)
        if following is None:
            return
        assert len(page) < 1_000_000
        path = unescape(following[1]).removeprefix(PREFIX)


def names(page: str) -> list[str]:
    """The names in a list of files."""
    found = re.findall(r'<td class="hs-name">.*?<a href="([^"]+)"', page)
    return [PurePosixPath(unquote(urlsplit(unescape(one)).path)).name for one in found]


def test_a_wide_folder_is_gone_through_page_by_page_in_one_order(visitor: Browser, wide: Shared) -> None:
    address = f"{wide.page}/files/latest/data"
    until(visitor, address, "Take 2")
    found = list(pages(visitor, address))
    each = [[name for name in names(page) if name != "latest"] for page in found]
    assert [len(one) for one in each] == [ROWS, ROWS, ROWS, 202]
    listed = [name for one in each for name in one]
    assert listed == ["zoo", *(f"img {n}.txt" for n in range(FILES)), "README.md"]
    for number, page in enumerate(found, 1):
        assert f"Page {number} of 4" in page and "Take 2" in page
    assert words(visitor.get(f"{address}?page=99")).count("Page 4 of 4") == 2
    assert words(visitor.get(f"{address}?page=-3")).count("Page 1 of 4") == 2


def test_the_first_page_of_a_project_shows_the_first_names_and_the_way_to_the_others(
    visitor: Browser, wide: Shared
) -> None:
    first, second = pages(visitor, wide.page)
    assert names(first) + names(second) == ["data", *(f"n{n}.txt" for n in range(ROWS + 5))]
    assert len(names(first)) == ROWS


def test_names_in_a_wide_folder_are_looked_for(visitor: Browser, wide: Shared) -> None:
    address = f"{wide.page}/files/latest/data"
    found = visitor.get(f"{address}?filter=IMG 31")
    assert names(found.text)[1:] == ["img 31.txt", *(f"img {n}.txt" for n in (*range(310, 320), *range(3100, 3200)))]
    assert "No name here has “<b>” in it." in words(visitor.get(f"{address}?filter=<b>"))
    two = list(pages(visitor, f"{address}?filter=img"))
    assert [len(names(page)) - 1 for page in two] == [ROWS, ROWS, ROWS, 200]


def test_only_what_a_page_shows_is_looked_up_and_the_tree_is_read_once(
    centre: TestCentre, visitor: Browser, wide: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    until(visitor, f"{wide.page}/files/latest/data", "Take 2")
    made = centre.app.state.pages
    monkeypatch.setattr(made, "fragments", type(made.fragments)())
    monkeypatch.setattr(made, "orders", type(made.orders)())
    read, asked = list[int](), list[int]()

    def noted(data: bytes) -> Mapping[str, tuple[int, str]]:
        read.append(len(data))
        return objects.read_tree(data)

    def note(_: object, __: object, statement: str, given: object, *___: object) -> None:
        if "FROM touches" in statement and "GROUP BY" in statement:
            asked.append(len(given))  # type: ignore[arg-type]

    monkeypatch.setattr(folder_module, "read_tree", noted)
    engine = centre.centre.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        for page in (1, 2, 1, 3):
            assert visitor.get(f"{wide.page}/files/latest/data?page={page}").status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(read) == 1
    # Three pages are made, each of which looks up its own names; the project, folder and version come with each statement.
    assert len(asked) == 6 and sum(asked) == 3 * ROWS + 6 * 3


def test_a_version_that_changed_thousands_of_files_is_gone_through_page_by_page(visitor: Browser, wide: Shared) -> None:
    found = list(pages(visitor, f"{wide.page}/versions/2"))
    each = [re.findall(r'<h3 class="hs-main h4 mb-0" id="change-\d+"><a [^>]*>([^<]+)</a>', page) for page in found]
    assert all(0 < len(one) <= 100 for one in each)
    assert [path for one in each for path in one] == sorted(f"data/img {n}.txt" for n in range(FILES))
    assert "3,000 changed files and more" in found[0] and "Page 2 of 30" in found[1]
    assert "behind <code" in found[30] and "200 changed files" in found[30]


def test_a_comparison_keeps_what_was_asked_from_page_to_page(visitor: Browser, wide: Shared) -> None:
    found = list(pages(visitor, f"{wide.page}/versions/2?since=v0&spaces=ignore"))
    listed = [path for page in found for path in re.findall(r'id="change-\d+"><a [^>]*>([^<]+)</a>', page)]
    assert len(listed) == len(set(listed)) == FILES + 2 + ROWS + 5
    assert all("spaces=ignore" in page and "since version 0" in page for page in found)
