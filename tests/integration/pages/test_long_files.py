"""Notebooks and tables that are shown a part at a time: what the pages of each part have, and what is made for them."""

from __future__ import annotations

import re
from html import unescape
from shutil import rmtree
from typing import Any

import pytest

from hubshare import jobs
from hubshare.rendering.kinds import Kind
from hubshare.rendering.requests import make_request
from hubshare.testing.centre import PREFIX, TestCentre, wait_until
from hubshare.wire.agent import new_id
from tests.helpers.page_visitors import Browser, Shared, needs_assets
from tests.helpers.rendering import cell, display, notebook, text
from tests.helpers.rendering import words as plain

pytestmark = needs_assets

#: Shown with a line for each it is much longer than in the file.
LONG = {"a": {"b": {"c": [*[1] * 40_000, 31337]}}}


@pytest.fixture(scope="module")
def project(centre: TestCentre) -> Shared:
    made = Shared(centre, "dora", f"long-{new_id()[:6]}", visibility="public")
    cells = [
        text(f"# Chapter {n // 50}\n\n[next](#Chapter-6)") if n % 50 == 0 else cell(f"x = {n}") for n in range(450)
    ]
    cells[120] = cell("run()", display(application__json=LONG))
    rows = "".join(f"{n},{'odd' if n % 2 else 'even'},{(n * 7) % 1000}\n" for n in range(1, 1001))
    made.push({"long.ipynb": notebook(*cells), "t.csv": f"n,kind,<b>\n{rows}".encode()})
    return made


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The options of the renderings that are put on the queue."""
    found: list[dict[str, Any]] = []
    enqueue = type(jobs.RENDER).enqueue

    def counted(job: Any, broker: Any, payload: Any, person: str = "") -> None:
        if isinstance(payload, jobs.Render):
            found.append(dict(payload.wanted.options))
        enqueue(job, broker, payload, person)

    monkeypatch.setattr(type(jobs.RENDER), "enqueue", counted)
    return found


def shown(visitor: Browser, address: str, says: str) -> str:
    """The HTML of a page once it has something."""
    found = [""]
    wait_until(lambda: says in (found.append(visitor.get(address).text) or found[-1]), f"{address} has {says!r}")
    return found[-1]


def test_a_long_notebook_comes_a_part_at_a_time(centre: TestCentre, project: Shared) -> None:
    visitor, address = Browser(centre), f"{project.page}/files/latest/long.ipynb"
    first = shown(visitor, f"{address}?wait=1", 'id="cell-100"')
    assert 'id="cell-101"' not in first and "450 cells" in plain(first)
    assert re.search(r'<a href="[^"]*long\.ipynb\?part=2" rel="next">Cells 101–200 of 450</a>', first)
    # The outline has all headings; what leads to another part says so.
    assert 'href="#user-chapter-1">' in first and "long.ipynb?part=4#user-chapter-6" in first
    assert first.count("?part=4#user-chapter-6") == 1 + 2
    last = shown(visitor, f"{address}?part=5&wait=1", 'id="cell-450"')
    assert 'id="cell-401"' in last and 'id="cell-400"' not in last and 'rel="next"' not in last
    assert 'id="user-chapter-8"' in last and 'rel="prev">Cells 301–400</a>' in last
    assert re.search(r'files/v\d+/long\.ipynb\?part=5#cell-401" aria-label="Permanent link', last)


def test_the_whole_of_a_long_output_is_fetched_alone(
    centre: TestCentre, project: Shared, put: list[dict[str, Any]]
) -> None:
    visitor, address = Browser(centre), f"{project.page}/files/latest/long.ipynb"
    page = shown(visitor, f"{address}?part=2&wait=1", "Show all of it")
    assert "31337" not in page
    link = re.search(r'<a href="([^"]+)" hx-get="[^"]+"[^>]*>Show all of it \(([^)]+)\)</a>', page)
    assert link is not None and link[2] == "280 KB"
    query = unescape(link[1]).partition("?")[2]
    whole = shown(visitor, f"{address}?{query}&wait=1", "31337")
    assert 'id="output-121-1"' in whole and 'id="cell-120"' not in whole and "?part=2#cell-121" in whole
    # How many cells there are is known of the last part.
    shown(visitor, f"{address}?part=5&wait=1", 'id="cell-450"')
    put.clear()
    for other in ("121.2", "120.1", "999999.1", "0.0", "x", "121.1.1"):
        assert "There is no such output" in visitor.get(f"{address}?output={other}&wait=1").text
    assert not put


def test_no_work_is_made_for_what_is_not_there(centre: TestCentre, project: Shared, put: list[dict[str, Any]]) -> None:
    visitor, files = Browser(centre), f"{project.page}/files/latest"
    shown(visitor, f"{files}/long.ipynb?wait=1", 'id="cell-100"')
    shown(visitor, f"{files}/t.csv?wait=1", "page 1 of 10")
    put.clear()
    assert "The notebook has 5 parts; there is no part 6." in visitor.get(f"{files}/long.ipynb?part=6&wait=1").text
    assert 'id="cell-1"' in visitor.get(f"{files}/long.ipynb?part=-3&wait=1").text
    assert "there is no page 11" in visitor.get(f"{files}/t.csv?page=11&wait=1").text
    assert "page 1 of 10" in visitor.get(f"{files}/t.csv?sort=4&wait=1").text
    assert not put


def test_tables_are_sorted_and_filtered_by_their_address(centre: TestCentre, project: Shared) -> None:
    visitor, address = Browser(centre), f"{project.page}/files/latest/t.csv"
    page = shown(visitor, f"{address}?wait=1", "page 1 of 10")
    assert '<th scope="col" class="hs-right"><a href="?sort=3">&lt;b&gt;</a></th>' in page
    down = shown(visitor, f"{address}?sort=-3&filter=ODD&wait=1", "page 1 of 5")
    assert "500 rows of 1,000" in plain(down) and '<th scope="row">857</th>' in down
    assert 'aria-sort="descending"><a href="?filter=ODD">&lt;b&gt;</a> ▼</th>' in down
    assert 'href="?page=2&amp;sort=-3&amp;filter=ODD" rel="next"' in down
    assert '<input type="hidden" name="filter" value="ODD">' in down and 'maxlength="200" value="ODD"' in down
    last = shown(visitor, f"{address}?sort=-3&filter=ODD&page=5&wait=1", "page 5 of 5")
    assert '<th scope="row">143</th><td class="hs-right">143</td><td>odd</td><td class="hs-right">1</td>' in last
    none = shown(visitor, f"{address}?filter=%3Cscript%3E&wait=1", "0 rows of 1,000")
    assert "<script>" not in none.partition("file-box")[2].partition("</section>")[0]


def test_the_next_part_comes_also_when_it_is_not_known_any_more_where_it_lies(
    centre: TestCentre, project: Shared
) -> None:
    visitor, address = Browser(centre), f"{project.page}/files/latest/long.ipynb"
    first = shown(visitor, f"{address}?wait=1", 'id="cell-100"')
    ahead = re.search(r'class="hs-ahead" hx-get="([^"]+)"', first)
    # What is published meanwhile would have other cells.
    assert ahead is not None and re.search(r"/files/v\d+/long\.ipynb\?part=2$", ahead[1])
    second = ahead[1].removeprefix(PREFIX)
    rmtree(centre.centre.rendered.path(project.id, make_request(Kind.NOTEBOOK, "")).parent)
    asks = visitor.get(f"{second}&wait=1", headers={"HX-Target": "after-1"}).text
    assert '<div id="part-2">' in asks and 'hx-select="#part-2"' in asks and 'hx-target="#part-2"' in asks
    wait_until(
        lambda: 'id="cell-101"' in visitor.get(f"{second}&wait=2", headers={"HX-Target": "part-2"}).text, "it comes"
    )
    gone = visitor.get(f"{address}?part=6&wait=1", headers={"HX-Target": "after-5"}).text
    assert '<div id="part-6">' in gone and "there is no part 6" in gone


def test_the_beginning_of_a_long_text_is_there_before_all_of_it(
    centre: TestCentre, project: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[tuple[Any, ...]] = []
    enqueue = type(jobs.RENDER).enqueue

    def holding(job: Any, broker: Any, payload: Any, person: str = "") -> None:
        if isinstance(payload, jobs.Render) and "beginning" not in payload.wanted.options:
            held.append((job, broker, payload, person))
        else:
            enqueue(job, broker, payload, person)

    project.push({"long.py": "".join(f"x{number:06} = {number:06}\n" for number in range(11_650)).encode()})
    visitor, address = Browser(centre), f"{project.page}/files/latest/long.py?wait=1"
    with monkeypatch.context() as patched:
        patched.setattr(type(jobs.RENDER), "enqueue", holding)
        begun = shown(visitor, address, 'id="L3000"')
    assert "Preparing the rest." in begun and 'id="L11650"' not in begun and "lines" not in plain(begun)
    assert len(held) == 1
    # The page asks for the rest until it is made, and is not sent the beginning again.
    found = re.search(r'class="hs-rest" hx-get="([^"]+)" hx-trigger="[^"]*every 1s"', begun)
    assert found is not None
    again = unescape(found[1])
    again, asks = f"{address.partition('?')[0]}?{again.partition('?')[2]}", {"HX-Request": "true"}
    assert "begun=yes" in again and visitor.get(again, headers=asks).status_code == 204
    assert 'id="L3000"' in visitor.get(again).text
    enqueue(*held[0])
    wait_until(lambda: visitor.get(again, headers=asks).status_code == 200, "all of it is made")
    assert 'id="L11650"' in visitor.get(again, headers=asks).text
    whole = shown(visitor, address, 'id="L11650"')
    assert "Preparing the rest." not in whole and "11,650 lines" in plain(whole)
