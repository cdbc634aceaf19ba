"""Documents that are open in JupyterLab keep up with what others publish, and lose no edit, whatever is pressed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from hubshare.testing.centre import wait_until
from tests.helpers.browsers import Browsers
from tests.helpers.lab import Lab
from tests.helpers.lab_course import Course, notebook
from tests.helpers.looks import look_at
from tests.helpers.sample import ran


def banner(page: Page) -> Any:
    return page.locator(".hs-Behind:visible")


def type_at_the_end(page: Page, text: str) -> None:
    page.locator(".jp-FileEditor .cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(text)


def test_an_open_text_shows_what_comes_and_keeps_its_place(browsers: Browsers, begin: Callable[..., Course]) -> None:
    lines = "".join(f"line {number}\n" for number in range(300))
    course = begin("lab-text", **{"a.txt": lines})
    bob = course.open(browsers, "a.txt")
    bob.page.locator(".jp-FileEditor .cm-content").click()
    bob.page.keyboard.press("Control+End")
    scroller = bob.page.locator(".jp-FileEditor .cm-scroller")
    before = scroller.evaluate("one => one.scrollTop")
    course.publish("a.txt", lines.replace("line 299", "last line, by alice"))
    expect(bob.page.locator(".cm-content")).to_contain_text("last line, by alice")
    assert abs(scroller.evaluate("one => one.scrollTop") - before) < 30 < before
    assert not bob.page.locator(".jp-Dialog").count()
    bob.page.keyboard.type("and bob")
    bob.page.keyboard.press("Control+s")
    wait_until(lambda: "and bob" in (course.hers / "a.txt").read_text(), "what bob adds comes to alice", 30)
    assert not bob.page.locator(".jp-Dialog").count() and not course.conflicts()


def test_a_notebook_with_a_running_kernel_keeps_its_variables(browsers: Browsers, begin: Callable[..., Course]) -> None:
    course = begin("lab-kernel", **{"n.ipynb": notebook("kept = 6 * 7", "print(kept)", "# end")})
    bob = course.open(browsers, "n.ipynb")
    expect(bob.page.locator("#jp-main-statusbar")).to_contain_text("Python 3 (ipykernel) | Idle", timeout=60_000)
    bob.page.locator(".jp-Cell").first.locator(".cm-content").click()
    bob.page.keyboard.press("Shift+Enter")
    expect(bob.page.locator(".jp-InputPrompt").first).to_have_text("[1]:")
    bob.page.keyboard.press("Control+s")
    wait_until(lambda: '"execution_count": 1' in (course.hers / "n.ipynb").read_text(), "it comes to alice", 30)
    hers = json.loads((course.hers / "n.ipynb").read_text())
    hers["cells"][1]["source"] = "print('alice says', kept)"
    hers["cells"].insert(0, {**hers["cells"][2], "id": "new", "source": "# by alice"})
    course.publish("n.ipynb", json.dumps(hers, indent=1) + "\n")
    cells = bob.page.locator(".jp-Notebook .jp-Cell")
    expect(cells).to_have_count(4)
    expect(cells.nth(0)).to_contain_text("# by alice")
    # The active cell is the one that it was.
    expect(cells.nth(2)).to_have_class(re.compile("jp-mod-active"))
    bob.page.keyboard.press("Shift+Enter")
    expect(cells.nth(2).locator(".jp-OutputArea-output")).to_have_text("alice says 42")
    assert not bob.page.locator(".jp-Dialog").count()


@pytest.mark.parametrize("pressed", ["save", "Keep mine", "Take it"])
def test_unsaved_edits_and_what_comes_are_both_there_afterwards(
    browsers: Browsers, begin: Callable[..., Course], pressed: str
) -> None:
    name = f"lab-edits-{pressed.split()[0].lower()}"
    course = begin(name, **{"a.txt": "one\n"})
    bob = course.open(browsers, "a.txt")
    type_at_the_end(bob.page, "bob's words\n")
    course.publish("a.txt", "alice's words\n")
    expect(banner(bob.page)).to_contain_text("alice published version 2 of this file")
    assert (course.his / "a.txt").read_text() == "one\n"
    if pressed == "save":
        bob.page.keyboard.press("Control+s")
    else:
        banner(bob.page).get_by_role("button", name=pressed).click()
    if pressed == "Take it":
        course.arrives("a.txt", "alice's words\n")
        expect(bob.page.locator(".cm-content")).to_contain_text("alice's words")
        ran(course.stack, "bob", "restore", course.his / "a.txt")
        assert (course.his / "a.txt").read_text() == "one\nbob's words\n"
        return
    expect(banner(bob.page)).to_contain_text("are both kept")
    wait_until(lambda: course.conflicts() == ["a.txt"], "it is a conflict", 30)
    assert (course.his / "a.txt").read_text() == "one\nbob's words\n"
    assert (course.hers / "a.txt").read_text() == "alice's words\n"
    # He goes on editing, then gives all of it up: what is before him is what he picks from, and the editor follows.
    type_at_the_end(bob.page, "and more\n")
    if pressed == "save":
        bob.page.keyboard.press("Control+s")
        wait_until(lambda: "and more" in (course.his / "a.txt").read_text(), "it is saved", 30)
    banner(bob.page).get_by_role("button", name="Settle…").click()
    view = bob.page.locator(".hs-Difference:visible")
    if pressed == "save":
        expect(view.locator(".cm-content").nth(1)).to_contain_text("and more")
        view.get_by_role("button", name="Take theirs", exact=True).click()
    else:
        expect(view.get_by_role("status")).to_contain_text("has edits that are not saved, and are not shown here")
        look_at(bob, "lab-conflict-unsaved", ".hs-View:has(.hs-Difference)")
        view.get_by_role("button", name="Save and take theirs").click()
    expect(bob.page.locator(".jp-FileEditor:visible .cm-content")).to_have_text("alice's words")
    expect(banner(bob.page)).to_have_count(0)
    assert (course.his / "a.txt").read_text() == "alice's words\n" and not course.conflicts()
    bob.page.get_by_role("button", name="Restore the other one").click()
    course.arrives("a.txt", "one\nbob's words\nand more\n")
    assert not bob.page.locator(".jp-Dialog").count()


def test_a_window_that_was_cut_off_while_its_file_was_replaced_saves_no_overwrite(
    browsers: Browsers, begin: Callable[..., Course]
) -> None:
    course = begin("lab-cut", **{"a.txt": "one\n"})
    bob = browsers.anew("bob")
    # This window can never say that it has edits.
    bob.page.route_web_socket("**/hubshare/documents*", lambda socket: None)
    bob.page.goto(f"{course.stack.url}/user/bob/lab/tree/{course.name}/a.txt?reset")
    bob.page.wait_for_selector(".jp-FileEditor .cm-content", timeout=60_000)
    type_at_the_end(bob.page, "bob's words\n")
    course.publish("a.txt", "alice's words\n")
    course.arrives("a.txt", "alice's words\n")
    bob.page.keyboard.press("Control+s")
    expect(banner(bob.page)).to_contain_text("are both kept")
    wait_until(lambda: course.conflicts() == ["a.txt"], "it is a conflict", 30)
    assert (course.his / "a.txt").read_text() == "one\nbob's words\n"
    assert (course.hers / "a.txt").read_text() == "alice's words\n"


def test_a_file_that_is_renamed_leads_to_what_it_is_now(browsers: Browsers, begin: Callable[..., Course]) -> None:
    course = begin("lab-renamed", **{"a.txt": "one\n", "b.txt": "two\n"})
    bob = course.open(browsers, "a.txt")
    (course.hers / "a.txt").rename(course.hers / "begin.txt")
    ran(course.stack, "alice", "push", course.hers)
    expect(banner(bob.page)).to_contain_text("it is begin.txt now")
    banner(bob.page).get_by_role("button", name="Open begin.txt").click()
    wait_until(lambda: not Path(course.his / "a.txt").exists(), "the old one is deleted", 30)
    assert (course.his / "begin.txt").read_text() == "one\n"
    expect(bob.page.get_by_role("tab", name="begin.txt")).to_be_visible()
    expect(bob.page.get_by_role("tab", name="a.txt")).to_have_count(0)


def test_a_file_that_is_deleted_stays_while_it_is_open(browsers: Browsers, begin: Callable[..., Course]) -> None:
    course = begin("lab-gone", **{"a.txt": "one\n", "b.txt": "two\n"})
    bob = course.open(browsers, "a.txt")
    (course.hers / "a.txt").unlink()
    ran(course.stack, "alice", "push", course.hers)
    expect(banner(bob.page)).to_contain_text("alice deleted this file in version 2")
    assert (course.his / "a.txt").read_text() == "one\n"
    banner(bob.page).get_by_role("button", name="Close it").click()
    wait_until(lambda: not Path(course.his / "a.txt").exists(), "it is deleted", 30)


def test_a_notebook_that_cannot_be_read_is_mended_by_others_while_it_is_open(
    browsers: Browsers, begin: Callable[..., Course]
) -> None:
    course = begin("lab-broken", **{"n.ipynb": '{"cells": ['})
    bob = browsers("bob")
    bob.page.goto(f"{course.stack.url}/user/bob/lab/tree/{course.name}/n.ipynb?reset")
    expect(bob.page.get_by_role("dialog")).to_contain_text("File Load Error")
    mended = notebook("print('mended')")
    course.publish("n.ipynb", mended)
    course.arrives("n.ipynb", mended)
    # JupyterLab says in the console what it says in the dialog.
    bob.troubles.clear()


def test_what_is_said_of_a_file_is_not_said_of_what_it_is_renamed_to(
    browsers: Browsers, begin: Callable[..., Course]
) -> None:
    course = begin("lab-moved", **{"a.txt": "one\n"})
    bob = course.open(browsers, "a.txt")
    type_at_the_end(bob.page, "bob's words\n")
    course.publish("a.txt", "alice's words\n")
    expect(banner(bob.page)).to_contain_text("alice published version 2 of this file")
    Lab(bob).item("a.txt").click()
    bob.page.keyboard.press("F2")
    bob.page.keyboard.type("mine")
    bob.page.keyboard.press("Enter")
    expect(bob.page.get_by_role("tab", name="mine.txt")).to_be_visible()
    expect(banner(bob.page)).to_have_count(0)
    bob.page.locator(".jp-FileEditor .cm-content").click()
    bob.page.keyboard.press("Control+s")
    course.arrives("mine.txt", "one\nbob's words\n")
    assert (course.hers / "a.txt").read_text() == "alice's words\n"
