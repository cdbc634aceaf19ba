"""Files come to a project by the browser alone; and a text that somebody typed is not lost by a click."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, Route, expect

from hubshare.testing.notebooks import notebook
from tests.helpers.accessibility import check_looks
from tests.helpers.browsers import Browsers, Person, shown

_DROP = """([place, name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name));
  const target = document.querySelector(place);
  for (const kind of ["dragover", "drop"]) {
    target.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
  }
}"""


def _begin(alice: Person, folder: Path, called: str) -> Page:
    """Alice uploads a folder as a project."""
    page = alice.page
    alice.go("")
    page.locator("#begin").get_by_role("link", name="Upload").click()
    page.get_by_label("Name").fill(called)
    page.get_by_label("A folder").set_input_files(folder)
    page.get_by_role("button", name="Upload").click()
    return page


def test_a_folder_with_a_notebook_is_uploaded_and_seen_rendered(browsers: Browsers, tmp_path: Path) -> None:
    course = tmp_path / "Waves and more"
    (course / "week 1").mkdir(parents=True)
    (course / "week 1" / "wave.ipynb").write_text(notebook("print('a wave')", output="what it printed"))
    (course / "README.md").write_text("# About waves\n")
    (course / ".DS_Store").write_bytes(b"m")
    alice = browsers("alice")
    alice.go("projects/upload")
    check_looks(alice, "upload-new")
    page = _begin(alice, course, "uploaded-waves")
    expect(page.get_by_role("heading", name="2 files uploaded")).to_be_visible()
    expect(page.get_by_text("ignore rule '.DS_Store' (built-in)")).to_be_visible()
    check_looks(alice, "uploaded")
    page.get_by_role("link", name="Go to the files").click()
    expect(page.get_by_role("heading", name="About waves")).to_be_visible()
    page.get_by_role("link", name="week 1", exact=True).click()
    page.get_by_role("link", name="wave.ipynb", exact=True).click()
    shown(alice)
    expect(page.get_by_text("what it printed")).to_be_visible()


def test_files_are_dropped_onto_a_folder_and_what_is_there_is_decided_on(browsers: Browsers, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.txt").write_text("first\n")
    alice = browsers("alice")
    page = _begin(alice, tmp_path / "mine", "dropped")
    expect(page.locator("[data-drop]")).to_be_visible()
    page.wait_for_load_state()  # what is seen may come before the script that takes files
    page.evaluate(_DROP, ["[data-drop]", "a.txt", "second\n"])
    expect(page.get_by_role("heading", name="Upload files")).to_be_visible()
    check_looks(alice, "upload")
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("alert")).to_contain_text("'a.txt' is there already")
    check_looks(alice, "upload-asked")
    page.get_by_role("button", name="Replace with mine").click()
    page.get_by_role("link", name="a.txt", exact=True).click()
    shown(alice)
    expect(page.get_by_text("second")).to_be_visible()


def test_an_upload_shows_how_far_it_is_and_can_be_cancelled(browsers: Browsers, tmp_path: Path) -> None:
    (tmp_path / "large").mkdir()
    (tmp_path / "large" / "a.bin").write_bytes(b"x" * 100_000)
    alice = browsers("alice")
    held: list[Route] = []
    alice.page.route(
        "**/projects/upload", lambda route: held.append(route) if route.request.method == "POST" else route.continue_()
    )
    page = _begin(alice, tmp_path / "large", "cancelled")
    expect(page.get_by_label("Uploading")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel the upload")).to_be_focused()
    check_looks(alice, "upload-progress")
    page.get_by_role("button", name="Cancel the upload").click()
    expect(page.get_by_role("alert")).to_contain_text("cancelled, and nothing was saved")
    expect(page.get_by_label("Name")).to_have_value("cancelled")


def test_a_text_that_is_not_saved_is_not_left_by_mistake(browsers: Browsers, tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("first\n")
    alice = browsers.anew("alice")
    page = _begin(alice, tmp_path / "texts", "typed")
    page.get_by_role("link", name="a.txt", exact=True).click()
    page.locator("#edit").click()
    page.get_by_role("link", name="Cancel").click()  # nothing typed: nobody is asked
    page.locator("#edit").click()
    page.get_by_label("Text").fill("long work\n")
    # A browser has words of its own for the question.
    alice.says_yes("")
    page.get_by_role("link", name="Cancel").click()
    expect(page.locator("#edit")).to_be_visible()
    page.locator("#edit").click()
    page.get_by_label("Text").fill("long work\n")
    alice.context.clear_cookies(name="hubshare-session")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Sign in again")).to_be_visible()
    with alice.context.expect_page() as other:
        page.get_by_role("link", name="Sign in in another tab").click()
    expect(other.value.locator("#signed-in-user")).to_have_text("alice")
    other.value.close()
    page.get_by_role("button", name="Save it again").click()
    expect(page.locator("#edit")).to_be_visible()
    expect(page.get_by_text("long work")).to_be_visible()
    browsers.forget("alice")
