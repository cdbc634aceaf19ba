"""What people do with the pages, each as they do it: with a browser, at a Hub, while others work."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from demo.stack import LocalStack
from tests.helpers.browsers import Browsers, Person, shown
from tests.helpers.sample import LONG, PROJECT, ROWS, Sample, ran, write


@pytest.fixture
def bob(browsers: Browsers, sample: Sample) -> Person:
    """Who reads what Alice shows."""
    return browsers.again("bob")


@pytest.fixture
def page(bob: Person) -> Page:
    return bob.page


def file(path: str, version: str = "latest") -> str:
    """Address of a file's page."""
    return f"projects/{PROJECT}/files/{version}/{path}"


# --- coming in


def test_who_is_not_signed_in_comes_back_to_where_they_wanted_to_go(browsers: Browsers, sample: Sample) -> None:
    bob = browsers()
    bob.go(file("wave.py"))
    bob.page.get_by_label("Username").fill("bob")
    bob.page.get_by_label("Password").fill(sample.stack.password)
    bob.page.keyboard.press("Enter")
    bob.page.wait_for_url(f"**/{file('wave.py')}")
    shown(bob)
    bob.page.get_by_role("button", name="Logout").click()
    bob.page.wait_for_url("**/hub/login*")
    bob.go(sample.page)
    expect(bob.page.get_by_label("Password")).to_be_visible()


# --- looking


def test_a_project_shows_its_files_and_what_it_says_of_itself(bob: Person, page: Page, sample: Sample) -> None:
    bob.go("projects")
    page.get_by_role("link", name=PROJECT, exact=True).first.click()
    files = page.get_by_role("table", name=f"Files in {PROJECT}")
    for name in ("many", "names", "array.npy", "wave.py", "waves.ipynb"):
        expect(files.get_by_role("link", name=name, exact=True)).to_be_visible()
    expect(files.get_by_role("link", name="old.txt", exact=True)).to_have_count(0)
    shown(bob, "#readme")
    page.get_by_role("link", name="the notes").click()
    expect(page.locator(".katex-display")).to_be_visible()
    # What KaTeX has not, MathJax sets, with the package physics too, and keeps; what is none says so.
    expect(page.locator("mjx-container")).to_have_count(3)
    expect(page.get_by_text("(Undefined control sequence \\nonsense)")).to_be_visible()
    page.go_back()
    files.get_by_role("link", name="names", exact=True).click()
    page.get_by_role("link", name=LONG).click()
    expect(page.get_by_text("long", exact=True)).to_be_visible()
    page.get_by_role("navigation", name="Folders").get_by_role("link", name="show").click()
    expect(files.get_by_role("link", name="waves.ipynb", exact=True)).to_be_visible()


def test_places_are_shown_on_a_map(bob: Person, page: Page) -> None:
    bob.go(file("places.geojson"))
    shown(bob)
    shapes = page.get_by_role("application", name="Map of places.geojson").locator("path.hs-map-shape")
    expect(shapes).to_have_count(2)
    shapes.last.hover()
    expect(page.get_by_role("tooltip")).to_have_text("<img src=x onerror=alert(1)>")
    page.get_by_role("button", name="Zoom in").click()
    bob.go(file("settings.json"))
    shown(bob)
    expect(page.get_by_role("application")).to_have_count(0)


def test_a_push_appears_on_an_open_page(bob: Person, page: Page, sample: Sample) -> None:
    bob.go(sample.page)
    shown(bob, "#readme")
    page.evaluate("window.same = true")
    sample.push({"README.md": b"# Waves, again\n\nSee [the notes](notes.md).\n", "new.txt": b"new\n"})
    expect(page.get_by_role("link", name="new.txt", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="Waves, again")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="was brought up to date")).to_have_count(1)
    assert page.evaluate("window.same"), "the page was loaded again"


def test_an_open_file_says_when_it_has_changed(bob: Person, page: Page, sample: Sample) -> None:
    write_to = {"log.txt": b"one\n"}
    sample.push(write_to)
    bob.go(file("log.txt"))
    shown(bob)
    sample.push({"log.txt": b"one\ntwo\n"})
    page.get_by_role("link", name="View the newest version").click()
    expect(page.get_by_text("two", exact=True)).to_be_visible()


def test_a_notebook_is_shown_with_its_outputs_at_any_version(bob: Person, page: Page) -> None:
    bob.go(file("waves.ipynb"))
    shown(bob)
    expect(page.get_by_role("heading", name="A string")).to_be_visible()
    expect(page.locator(".katex").first).to_be_visible()
    expect(page.locator("#cell-2 .hs-stdout")).to_have_text("200")
    expect(page.get_by_role("cell", name="0.84")).to_be_visible()
    expect(page.get_by_text("division by zero").first).to_be_visible()
    picture = page.locator("#cell-3 img")
    assert picture.evaluate("image => image.naturalWidth") == 320
    expect(page.get_by_text("The second words.")).to_be_visible()
    bob.go(file("waves.ipynb", "v1"))
    expect(page.get_by_text("The first words.")).to_be_visible()
    expect(page.get_by_text("You are viewing version 1; this file has changed since.")).to_be_visible()
    page.get_by_role("link", name="Source").click()
    expect(page.get_by_text('"cell_type": "markdown"').first).to_be_visible()


def test_a_notebook_runs_its_scripts_only_when_asked_and_out_of_reach(bob: Person, page: Page) -> None:
    bob.go(file("waves.ipynb"))
    shown(bob)
    expect(page.get_by_text("moving")).to_have_count(0)
    page.get_by_role("link", name="Run scripts").click()
    expect(page.frame_locator("#live").get_by_text("moving")).to_be_visible()
    page.get_by_role("link", name="Without scripts").click()
    shown(bob)


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("notes.md", ".katex-display"),
        ("wave.py", "#L6 >> text=height"),
        ("data.csv", "td:has-text('0.07')"),
        ("settings.json", "text=340"),
        ("string.png", "#rendered img"),
        ("drawing.svg", "#rendered img"),
        ("array.npy", "#rendered >> text=Download"),
    ],
)
def test_files_are_shown_by_their_kind(bob: Person, page: Page, path: str, seen: str) -> None:
    bob.go(file(path))
    expect(page.locator(seen).first).to_be_visible()


def test_links_lead_to_headings_and_to_ranges_of_lines(bob: Person, page: Page) -> None:
    bob.go(f"{file('README.md', 'v2')}#Waves")
    shown(bob)
    expect(page.locator("#user-waves")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Copy this code")).to_have_count(1)
    bob.go(f"{file('wave.py')}#L2-L4")
    expect(page.locator(".hs-chosen")).to_have_count(3)
    page.locator("#L6 a").click(modifiers=["Shift"])
    expect(page.locator(".hs-chosen")).to_have_count(5)
    page.evaluate("() => { location.hash = '#L2C1-L3C4'; }")
    expect(page.locator(".hs-chosen")).to_have_count(2)


def test_a_table_has_pages(bob: Person, page: Page) -> None:
    bob.go(file("data.csv"))
    expect(page.get_by_text(f"{ROWS:,} rows")).to_be_visible()
    page.get_by_role("link", name="More rows").click()
    expect(page.get_by_text("page 2 of")).to_be_visible()
    shown(bob)
    page.get_by_role("link", name="Rows before").click()
    expect(page.get_by_text("page 1 of")).to_be_visible()


def test_links_lead_to_a_cell_and_to_a_line_for_ever(bob: Person, page: Page) -> None:
    bob.go(file("waves.ipynb", "v2"))
    shown(bob)
    page.locator("#cell-3").hover()
    page.get_by_role("link", name="Permanent link to cell 3").click()
    assert page.url.endswith("/files/v2/waves.ipynb#cell-3")
    expect(page.locator("#cell-3")).to_be_in_viewport()
    bob.go(file("wave.py"))
    shown(bob)
    page.get_by_role("link", name="6", exact=True).click()
    assert page.url.endswith("/wave.py#L6")
    page.get_by_role("link", name="Permanent link").click()
    assert re.search(r"/files/v\d+/wave.py#L6$", page.url)
    expect(page.locator("#L6")).to_be_in_viewport()


# --- history


def test_history_leads_to_what_changed(bob: Person, page: Page) -> None:
    bob.go(f"projects/{PROJECT}/history?path=waves.ipynb")
    rows = page.get_by_role("region", name="Versions").get_by_role("listitem")
    expect(rows).to_have_count(2)
    rows.first.get_by_role("link").first.click()
    expect(page.get_by_text("Version 2", exact=True)).to_be_visible()
    for path in ("wave.py", "waves.ipynb", "string.png", "old.txt"):
        expect(page.get_by_role("heading", name=path, exact=True)).to_be_visible()
    code = page.get_by_role("region", name="wave.py", exact=True)
    code.scroll_into_view_if_needed()
    expect(code.get_by_text("sin(3 * t)")).to_be_visible()
    cells = page.get_by_role("region", name="waves.ipynb", exact=True)
    cells.scroll_into_view_if_needed()
    expect(cells.get_by_text("The second words.")).to_be_visible()
    expect(page.get_by_role("button", name="Restore")).to_have_count(0)
    bob.go(f"projects/{PROJECT}/versions/2/difference/string.png")
    expect(page.get_by_role("img", name="string.png, before")).to_be_visible()
    expect(page.get_by_role("img", name="string.png, after")).to_be_visible()


def test_a_deleted_file_is_brought_back(browsers: Browsers, sample: Sample, bob: Person) -> None:
    bob.go(f"{sample.page}/history")
    alice = browsers("alice")
    alice.go(f"{sample.page}/versions/2")
    alice.says_yes("Publish old.txt as it is in version 1 again")
    alice.page.get_by_role("region", name="old.txt", exact=True).get_by_role(
        "button", name="Restore this again"
    ).click()
    expect(alice.page.get_by_role("heading", name="Restore old.txt from version 1")).to_be_visible()
    expect(alice.page.get_by_text("added", exact=True)).to_be_visible()
    expect(bob.page.get_by_role("listitem").filter(has_text="old.txt").first).to_be_visible()
    bob.go(file("old.txt"))
    expect(bob.page.get_by_text("no longer needed")).to_be_visible()


def test_a_version_gets_a_name(browsers: Browsers, sample: Sample) -> None:
    alice = browsers("alice")
    alice.go(f"{sample.page}/versions/2")
    alice.page.get_by_role("link", name="Create release").click()
    alice.page.get_by_label("Name", exact=True).fill("Winter term")
    alice.page.get_by_label("Notes").fill("What is examined.")
    alice.page.get_by_role("button", name="Create release").click()
    alice.page.get_by_role("link", name="Winter term", exact=True).click()
    expect(alice.page.get_by_text("version 2 of")).to_be_visible()
    alice.go(f"{sample.page}/releases")
    alice.says_yes("Delete the release Winter term?")
    alice.page.get_by_role("button", name="Delete Winter term").click()
    expect(alice.page.get_by_text("No releases yet.")).to_be_visible()


# --- taking along


def test_a_project_and_a_file_are_downloaded(bob: Person, page: Page, sample: Sample, tmp_path: Path) -> None:
    bob.go(sample.page)
    with page.expect_download() as coming:
        page.get_by_role("region", name="Get this project").get_by_role("link", name="Download").click()
    coming.value.save_as(tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert any(name.endswith("waves.ipynb") for name in archive.namelist())
    bob.go(file("wave.py", "v1"))
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download").click()
    assert coming.value.suggested_filename == "wave.py"
    coming.value.save_as(tmp_path / "wave.py")
    assert "sin(t)" in (tmp_path / "wave.py").read_text()


def test_the_address_for_git_is_copied(bob: Person, page: Page, sample: Sample) -> None:
    bob.context.grant_permissions(["clipboard-read", "clipboard-write"])
    bob.go(sample.page)
    page.get_by_text("In a terminal").click()
    page.get_by_role("button", name="Copy: git clone").click()
    expect(page.locator("#announcements")).to_have_text("Copied.")
    address = f"{sample.stack.service_url}git/{PROJECT}.git"
    assert page.evaluate("navigator.clipboard.readText()") == f"git clone {address}"


def test_search_finds_projects_and_files(bob: Person, page: Page) -> None:
    bob.go()
    page.keyboard.press("/")
    page.keyboard.type("wave")
    page.keyboard.press("Enter")
    found = page.get_by_role("region", name="Files")
    expect(found.get_by_role("link", name="waves.ipynb").first).to_be_visible()
    found.get_by_role("link", name="wave.py").click()
    shown(bob)
    page.keyboard.press("/")
    page.keyboard.type("nothing is called so")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No results")).to_be_visible()


# --- losing access


def test_whose_access_ends_sees_nothing_more(bob: Person, page: Page, stack: LocalStack) -> None:
    folder = stack.home("alice") / "secret"
    write(folder, {"plan.txt": b"the plan\n"})
    ran(stack, "alice", "share", folder, "--with", "bob:reader")
    bob.go("projects/alice/secret")
    expect(page.get_by_role("link", name="plan.txt", exact=True)).to_be_visible()
    other = bob.context.new_page()
    other.goto("projects/alice/secret/files/latest/plan.txt")
    expect(other.get_by_text("the plan", exact=True)).to_be_visible()
    ran(stack, "alice", "revoke", "alice/secret", "bob")
    # The open pages notice by themselves, and the next one is not there.
    for one in (page, other):
        expect(one.get_by_role("heading", name="Not found")).to_be_visible()
    assert bob.go("projects/alice/secret/files/v1/plan.txt").status == 404
    expect(page.get_by_text("plan.txt")).to_have_count(0)
