"""Alice and Bob play the first five minutes as the documents tell them, each in a JupyterLab of their own."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.helpers.browsers import Browsers, Person
from tests.helpers.lab import Lab
from tests.helpers.tutorial import Tutorial

Look = Callable[[Person, str], object]


def play(browsers: Browsers, look: Look, **options: object) -> tuple[Lab, Lab]:
    """Play all steps; the homes are as at the first start of `make run`.

    Args:
        look: is called with a person and the name of a picture where the page shows one.
        options: of the browsers.
    """
    page = Tutorial()
    alice, bob = Lab(browsers("alice", **options)), Lab(browsers("bob", **options))
    _share(page, alice, look)
    _get(page, bob)
    _follow(page, alice, bob, look)
    _settle(page, alice, bob, look)
    page.is_over()
    return alice, bob


def _share(page: Tutorial, alice: Lab, look: Look) -> None:
    alice.open()
    alice.item(page.says("course")).click(button="right")
    alice.page.locator(".lm-Menu-item", has_text=page.says("HubShare")).hover()
    alice.page.locator(".lm-Menu-item", has_text=page.says("Share…")).last.click()
    expect(alice.dialog).to_contain_text(page.says("People with access"))
    alice.dialog.get_by_label("Name of a person, team or group").fill(page.says("bob"))
    alice.dialog.get_by_role("button", name=page.says("Add")).click()
    alice.dialog.get_by_label("What bob may do").select_option(label=page.says("can edit"))
    look(alice.person, "share")
    alice.accept(page.says("Share"))
    alice.told(page.says("Shared alice/course: 4 files."))


def _get(page: Tutorial, bob: Lab) -> None:
    bob.open()
    bob.page.get_by_role("tab", name=page.says("HubShare")).click()
    there = bob.panel.get_by_role("region", name=page.says("Projects"))
    there.get_by_role("button", name=page.says("Check out alice/course on this server")).click()
    bob.told(page.says("Checked out alice/course: 4 files; you can edit it."))


def _follow(page: Tutorial, alice: Lab, bob: Lab, look: Look) -> None:
    alice.item(page.says("course")).dblclick()
    _answer(alice, page.says("01 Intro.ipynb"), 'sum(int(month["days"]) for month in rain)')
    expect(alice.chip).to_contain_text(page.says("1 to push"))
    alice.chip.get_by_role("button", name=page.says("Push…")).click()
    alice.accept(page.says("Push"))
    alice.told(page.says("Pushed 1 file to alice/course: version 2."))
    bob.show_panel()
    expect(bob.here("course")).to_contain_text(page.says("1 to pull"))
    look(bob.person, "panel")
    bob.here("course").get_by_role("button", name=page.says("Pull alice/course…")).click()
    bob.accept(page.says("Pull"))
    bob.told("Pulled 1 file of alice/course: version 2.")


def _settle(page: Tutorial, alice: Lab, bob: Lab, look: Look) -> None:
    name = page.says("02 Loops.ipynb")
    _answer(alice, name, 'min(rain, key=lambda month: int(month["days"]))')
    expect(alice.chip).to_contain_text("1 to push")
    alice.chip.get_by_role("button", name=page.says("Push…")).click()
    alice.accept(page.says("Push"))
    alice.told("Pushed 1 file to alice/course: version 3.")
    bob.show_files()
    expect(bob.item(name)).to_be_visible()
    expect(bob.chip).to_contain_text("1 to pull")
    _answer(bob, name, 'sorted(int(month["days"]) for month in rain)[0]')
    bob.show_panel()
    needs = bob.panel.get_by_role("region", name=page.says("Needs attention"))
    expect(needs).to_contain_text(page.says("1 conflict"))
    needs.get_by_role("button", name=page.says("Show")).click()
    bob.page.locator(".hs-Listing").get_by_role("button", name=page.says("02 Loops.ipynb")).click()
    view = bob.page.locator(".hs-Difference:visible")
    expect(view.locator(".hs-Picks").first).to_be_visible()
    expect(view.get_by_role("button", name="Take theirs")).to_be_visible()
    look(bob.person, "settle")
    view.get_by_role("button", name=page.says("Keep mine")).click()
    expect(needs).to_have_count(0)
    page.says("Take theirs")


def _answer(lab: Lab, notebook: str, code: str) -> None:
    """Open a notebook, type into its last cell, and save it."""
    lab.item(notebook).dblclick()
    cell = lab.page.locator(".jp-Notebook:visible .jp-CodeCell").last.locator(".cm-content")
    cell.click()
    lab.page.keyboard.press("Control+End")
    lab.page.keyboard.type(f"\n{code}")
    lab.page.keyboard.press("Control+s")
