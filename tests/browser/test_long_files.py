"""A long notebook and table in a real browser: parts come as one scrolls, links lead into parts that are not there yet."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from demo.stack import LocalStack
from tests.helpers.browsers import Browsers, Person, shown
from tests.helpers.rendering import cell, notebook, stream, text
from tests.helpers.sample import ran, write

FILES = "projects/alice/long-files/files/latest"


@pytest.fixture(scope="module")
def long_files(stack: LocalStack) -> LocalStack:
    cells = [
        text(f"# Chapter {n // 50}") if n % 50 == 0 else cell(f"x = {n}\nprint(x)", stream(f"{n}\n"))
        for n in range(450)
    ]
    cells[120] = cell("run()", stream("".join(f"line {n} of a long run\n" for n in range(12_000))))
    cells[319]["id"] = "number-320"
    cells[330] = text("## What's next?")
    rows = "".join(f"{n},{'odd' if n % 2 else 'even'},{(n * 7) % 1000}\n" for n in range(1, 1001))
    folder = stack.home("alice") / "long-files"
    write(folder, {"long.ipynb": notebook(*cells), "t.csv": f"n,kind,rest\n{rows}".encode()})
    write(folder, {"links.md": b"To [a cell](long.ipynb#cell-id=number-320)\n"})
    ran(stack, "alice", "share", folder)
    return stack


@pytest.fixture
def alice(long_files: LocalStack, browsers: Browsers) -> Person:
    return browsers("alice")


def test_the_parts_of_a_notebook_come_as_one_scrolls(alice: Person) -> None:
    alice.go(f"{FILES}/long.ipynb")
    shown(alice)
    alice.picture("long-notebook", whole=False)
    expect(alice.page.locator("#cell-101")).to_have_count(0)
    alice.page.locator("#after-1").scroll_into_view_if_needed()
    expect(alice.page.locator("#part-2 #cell-101")).to_be_attached()
    assert alice.page.url.endswith("/long.ipynb")
    alice.page.locator("#part-2").get_by_role("link", name="Show all of it (289 KB)").click()
    expect(alice.page.locator("#output-121-1")).to_contain_text("line 11999 of a long run")
    expect(alice.page.locator("#cell-121 .hs-output")).to_have_count(1)
    alice.check()


def test_all_parts_are_loaded_by_one_press_to_be_searched_and_printed(alice: Person) -> None:
    alice.go(f"{FILES}/long.ipynb")
    shown(alice)
    expect(alice.page.locator(".hs-in-print")).to_be_hidden()
    alice.page.emulate_media(media="print")
    expect(alice.page.locator(".hs-in-print")).to_contain_text("were not loaded when this was printed")
    alice.page.emulate_media(media="screen")
    alice.picture("load-all-parts", whole=False)
    alice.page.get_by_role("button", name="Load all parts").click()
    expect(alice.page.locator("#cell-450")).to_be_attached()
    expect(alice.page.locator(".hs-parts .hs-cell")).to_have_count(450)
    expect(alice.page.get_by_role("button", name="Load all parts")).to_be_hidden()
    expect(alice.page.locator(".hs-in-print")).to_have_count(0)
    alice.check()


def test_links_lead_into_parts_that_are_not_there_yet(alice: Person) -> None:
    alice.go(f"{FILES}/long.ipynb#cell-320")
    alice.page.wait_for_url(re.compile(r"\?part=4#cell-320$"))
    expect(alice.page.locator("#cell-320")).to_be_in_viewport()
    alice.picture("long-notebook-part", whole=False)
    alice.go(f"{FILES}/long.ipynb")
    shown(alice)
    alice.page.locator(".hs-outline").get_by_role("link", name="Chapter 8").click()
    alice.page.wait_for_url(re.compile(r"\?part=5#user-chapter-8$"))
    expect(alice.page.locator("#user-chapter-8")).to_be_in_viewport()
    alice.check()


def test_links_of_jupyterlab_to_cells_and_headings_lead_there_in_any_part(alice: Person) -> None:
    alice.go(f"{FILES}/long.ipynb#cell-id=number-320")
    alice.page.wait_for_url(re.compile(r"\?cell=number-320#cell-id-number-320$"))
    expect(alice.page.locator("#cell-320")).to_be_in_viewport()
    alice.go(f"{FILES}/long.ipynb#heading=What%27s-next%3F")
    alice.page.wait_for_url(re.compile(r"\?part=4#"))
    expect(alice.page.locator("#user-whats-next")).to_be_in_viewport()
    alice.go(f"{FILES}/links.md")
    shown(alice)
    alice.page.get_by_role("link", name="a cell").click()
    expect(alice.page.locator("#cell-320")).to_be_in_viewport()
    # One that there is not leads to the beginning, once.
    alice.go(f"{FILES}/long.ipynb#cell-id=missing")
    alice.page.wait_for_url(re.compile(r"\?cell=missing#"))
    shown(alice)
    expect(alice.page.locator("#cell-1")).to_be_in_viewport()
    alice.check()


def test_a_table_is_sorted_by_a_press_on_its_head_and_filtered(alice: Person) -> None:
    alice.go(f"{FILES}/t.csv")
    shown(alice)
    alice.page.get_by_role("link", name="rest", exact=True).click()
    expect(alice.page.get_by_role("columnheader", name="rest")).to_have_attribute("aria-sort", "ascending")
    expect(alice.page.locator("tbody tr").first).to_contain_text("1000")
    alice.page.get_by_label("Rows that say").fill("odd")
    alice.page.get_by_role("button", name="Filter").click()
    expect(alice.page.locator("#file-box > header")).to_contain_text("500 rows of 1,000")
    expect(alice.page.locator("tbody tr").first).to_contain_text("143")
    alice.picture("long-table")
    alice.check()
