"""In JupyterLab: two versions side by side, conflicts settled by cell or file, and earlier versions brought back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from hubshare.testing.centre import wait_until
from tests.helpers.browsers import Browsers, Person
from tests.helpers.lab import Lab
from tests.helpers.lab_course import Course, notebook
from tests.helpers.lab_notebook import OpenNotebook
from tests.helpers.sample import ran

#: What must not run, load or be sent in JupyterLab's page.
HOSTILE = (
    "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"
    "<img src='https://spy.invalid/a.png'><b style='background:url(https://spy.invalid/b)'>bold</b>"
    "<iframe srcdoc='<script>parent.hacked = 1</script>'></iframe><a href='javascript:window.hacked=1'>link</a>"
)


def run(page: Page, command: str) -> None:
    """Run a command from the palette, as soon as it can be run."""
    palette = page.locator(".lm-CommandPalette-input")
    item = page.locator(".lm-CommandPalette-item:not(.lm-mod-disabled)", has_text=command).first

    def runs() -> bool:
        # The palette goes when a document that is being opened takes the focus.
        try:
            page.keyboard.press("Control+Shift+C")
            palette.fill(command, timeout=3000)
            item.click(timeout=3000)
        except TimeoutError:
            page.keyboard.press("Escape")
            return False
        return True

    assert any(runs() for _ in range(6))


def pictures(bob: Person, name: str) -> None:
    """Take pictures, light and dark."""
    bob.picture(f"lab-{name}-light", whole=False)
    change_theme(bob.page, "JupyterLab Dark")
    bob.picture(f"lab-{name}-dark", whole=False)
    change_theme(bob.page, "JupyterLab Light")


def change_theme(page: Page, name: str) -> None:
    """Change the theme, and wait until the splash screen has gone: JupyterLab throws when the next change comes before."""
    run(page, f"Theme: {name}")
    page.wait_for_selector(f"body[data-jp-theme-name='{name}']", state="attached")
    expect(page.locator("#jupyterlab-splash")).to_have_count(0)


def dispute(course: Course, path: str, ours: str, theirs: str) -> None:
    """Have Alice publish what meets an edit of Bob's."""
    course.publish(path, theirs)
    (course.his / path).write_text(ours)
    ran(course.stack, "bob", "pull", course.his)
    assert course.conflicts() == [path]


def sources(file: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(file.read_text())["cells"]]


def test_a_conflict_of_a_notebook_is_settled_by_cell(browsers: Browsers, begin: Callable[..., Course]) -> None:
    course = begin("lab-cells", auto=False, **{"n.ipynb": notebook("a = 1", "b = 1", "same")})
    theirs = json.loads(notebook("a = 'hers'", "b = 'hers'", "same"))
    output = {"output_type": "display_data", "metadata": {}, "data": {"text/html": HOSTILE, "text/plain": "plain"}}
    theirs["cells"][0]["outputs"] = [output]
    theirs["cells"].append({"cell_type": "markdown", "id": "md", "metadata": {}, "source": f"# Hers\n\n{HOSTILE}"})
    dispute(course, "n.ipynb", notebook("a = 'mine'", "b = 'mine'", "same"), json.dumps(theirs, indent=1) + "\n")
    bob = course.open(browsers, "n.ipynb")
    # He has not saved all of his.
    OpenNotebook(Lab(bob)).is_ready().type_after("same", "  # bob")
    run(bob.page, "Settle Conflicts")
    bob.page.locator(".hs-Listing").get_by_role("button", name="n.ipynb").click()
    view = bob.page.locator(".hs-Difference:visible")
    expect(view.locator(".hs-Picks")).to_have_count(3)
    expect(view.get_by_text("bold").first).to_be_visible()
    pictures(bob, "conflict-cells")
    assert bob.page.evaluate("window.hacked") is None
    assert not [address for address in bob.requested if "spy.invalid" in address]
    assert not view.locator("script, iframe, [src^=http], [style*='url('], [href^=javascript]").count()
    view.get_by_role("group", name="Cell 1").get_by_label("Mine").check()
    view.get_by_role("group", name="Cell 2").get_by_label("Theirs").check()
    expect(view.get_by_role("button", name="1 cell to pick")).to_be_disabled()
    view.get_by_role("group", name="Cell 4").get_by_label("Mine").check()
    view.get_by_role("button", name="Save and publish the picked cells").click()
    expect(view.get_by_role("alert")).to_contain_text("What was just saved is among the cells")
    view.get_by_role("group", name="Cell 3").get_by_label("Mine").check()
    view.get_by_role("button", name="Publish the picked cells", exact=True).click()
    wait_until(lambda: not course.conflicts(), "it is settled", 30)
    assert sources(course.his / "n.ipynb") == ["a = 'mine'", "b = 'hers'", "same  # bob"]
    # The notebook that is open shows it, without a question.
    expect(bob.page.locator(".jp-Notebook .jp-Cell").nth(1)).to_contain_text("b = 'hers'")
    course.arrive_at_hers("n.ipynb", (course.his / "n.ipynb").read_text())


@pytest.mark.parametrize("button", ["Take theirs", "Keep mine"])
def test_a_conflict_of_a_text_is_settled_for_one_side(
    browsers: Browsers, begin: Callable[..., Course], button: str
) -> None:
    mine = button == "Keep mine"
    course = begin("lab-mine" if mine else "lab-theirs", auto=False, **{"a.txt": "one\ntwo\nthree\n"})
    dispute(course, "a.txt", "one\nbob's\nthree\n", "one\nalice's\nthree\n")
    bob = course.open(browsers, "a.txt")
    run(bob.page, "Settle Conflicts")
    bob.page.locator(".hs-Listing").get_by_role("button", name="a.txt").click()
    view = bob.page.locator(".hs-Difference:visible")
    expect(view.locator(".cm-content").nth(0)).to_contain_text("alice's")
    expect(view.locator(".cm-content").nth(1)).to_contain_text("bob's")
    pictures(bob, "conflict-text")
    # The version that both began from is beside each of them.
    view.get_by_role("button", name="What each of you changed").click()
    for title, words in (("What they changed", "alice's"), ("What you changed", "bob's")):
        change = view.get_by_role("region", name=title)
        expect(change.locator(".cm-content").nth(0)).to_contain_text("two")
        expect(change.locator(".cm-content").nth(1)).to_contain_text(words)
    bob.picture("lab-conflict-base", whole=False)
    view.get_by_role("button", name=button).click()
    wait_until(lambda: not course.conflicts(), "it is settled", 30)
    assert ("bob's" in (course.his / "a.txt").read_text()) == mine
    expect(bob.page.locator(".jp-FileEditor .cm-content")).to_contain_text("bob's" if mine else "alice's")
    bob.page.get_by_role("button", name="Restore the other one").click()
    expect(bob.page.locator(".jp-FileEditor .cm-content")).to_contain_text("alice's" if mine else "bob's")
    assert not bob.page.locator(".jp-Dialog").count()


def test_history_beside_a_document_says_who_changed_what_and_brings_it_back(
    browsers: Browsers, begin: Callable[..., Course]
) -> None:
    course = begin("lab-history", **{"a.txt": "first\n", "b.txt": "b\n"})
    course.publish("a.txt", "second\n")
    course.publish("b.txt", "other\n")
    course.arrives("b.txt", "other\n")
    bob = course.open(browsers, "a.txt")
    run(bob.page, "History of This Document")
    view = bob.page.locator(".hs-Listing:visible")
    expect(view.locator("li")).to_have_count(2)
    expect(view.locator("li").first).to_contain_text("Version 2")
    expect(view.locator("li").first).to_contain_text("alice")
    pictures(bob, "history")
    view.locator("li").nth(1).get_by_role("button", name="Restore").click()
    wait_until(lambda: (course.his / "a.txt").read_text() == "first\n", "it is back", 30)
    expect(bob.page.locator(".jp-FileEditor .cm-content")).to_contain_text("first")
    view.locator("li").first.get_by_role("button", name="What changed").first.click()
    expect(bob.page.locator(".hs-Difference:visible")).to_be_visible()
