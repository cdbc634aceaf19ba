"""The whole story: Alice and Bob work on one course, each in a JupyterLab of their own, with the mouse alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import Locator, expect

from demo.stack import LocalStack
from hubshare.testing.centre import wait_until
from tests.helpers.browsers import Browsers
from tests.helpers.lab import Lab
from tests.helpers.lab_course import notebook
from tests.helpers.lab_notebook import OpenNotebook
from tests.helpers.looks import look_at
from tests.helpers.sample import write

#: So many cells that one cannot see all of them.
CELLS = ["kept = 6 * 7", "level = 1", *(f"# measurement {number}" for number in range(30)), "flow = 2", "rain = 3"]
DIALOG, PANEL, BANNER, VIEW = ".jp-Dialog", "#hubshare-panel", ".hs-Behind:not(.lm-mod-hidden)", ".hs-View"


def test_alice_and_bob_work_on_a_course_from_its_beginning_to_its_end(stack: LocalStack, browsers: Browsers) -> None:
    hers, his = stack.home("alice") / "rivers", stack.home("bob") / "rivers"
    write(hers, {"flow.ipynb": notebook(*CELLS).encode(), "README.md": b"# Rivers\n"})
    alice, bob = Lab(browsers("alice")), Lab(browsers("bob"))
    alice_shares_a_folder_and_lets_bob_in(alice)
    bob_gets_it_by_a_link_that_opens_the_notebook(bob, stack)
    hers_open, his_open = OpenNotebook(alice), OpenNotebook(bob)
    both_run_the_notebook(hers_open, his_open)
    an_edit_of_alices_comes_to_bob_while_he_reads(hers_open, his_open)
    bob_is_told_before_he_saves_beside_an_update(hers_open, his_open)
    he_settles_the_conflict_cell_by_cell(hers_open, his_open, his)
    he_brings_an_older_version_back(hers_open, his_open, hers)
    alice_takes_bob_out_while_he_edits(alice, his_open, hers, his)


def alice_shares_a_folder_and_lets_bob_in(alice: Lab) -> None:
    alice.open()
    alice.menu("rivers", "Share…")
    alice.dialog.get_by_label("Sync automatically").check()
    look_at(alice.person, "story-1-share", DIALOG)
    alice.accept("Share")
    alice.told("Shared alice/rivers: 2 files.")
    alice.menu("rivers", "People…")
    alice.dialog.get_by_label("Name of a person, team or group").fill("bob")
    alice.dialog.get_by_role("button", name="Add").click()
    alice.dialog.get_by_label("What bob may do").select_option(label="can edit")
    look_at(alice.person, "story-2-people", DIALOG)
    alice.accept("Save")
    alice.told("bob is writer of alice/rivers now.")
    alice.item("rivers").dblclick()
    alice.item("flow.ipynb").dblclick()


def bob_gets_it_by_a_link_that_opens_the_notebook(bob: Lab, stack: LocalStack) -> None:
    bob.person.go("projects/alice/rivers/files/latest/flow.ipynb")
    bob.page.get_by_role("link", name="Open in JupyterLab").click()
    expect(bob.dialog.get_by_label("Link or name")).to_have_value("alice/rivers")
    bob.dialog.get_by_label("Sync automatically").check()
    look_at(bob.person, "story-3-get", DIALOG)
    bob.accept("Check out")
    bob.told("Checked out alice/rivers: 2 files; you can edit it.")


def both_run_the_notebook(hers: OpenNotebook, his: OpenNotebook) -> None:
    hers.is_ready()
    his.is_ready()
    hers.run("rain = 3")
    hers.save()
    expect(his.cell("rain = 3").locator(".jp-InputPrompt")).to_have_text("[1]:")
    his.run("kept = 6 * 7")
    his.save()
    expect(hers.cell("kept = 6 * 7").locator(".jp-InputPrompt")).to_have_text("[1]:")


def an_edit_of_alices_comes_to_bob_while_he_reads(hers: OpenNotebook, his: OpenNotebook) -> None:
    reading = his.enter("# measurement 20")
    his.page.keyboard.press("Home")
    his.page.keyboard.press("Shift+End")
    before = _top(reading)
    hers.type_after("level = 1", "\nprint('the level is', level, kept)")
    hers.save()
    expect(his.cell("the level is")).to_have_count(1)
    his.lab.told("alice published version 4 of alice/rivers: flow.ipynb.")
    expect(his.page.locator(".Toastify__toast", has_text="version 4")).to_have_count(1)
    assert his.page.evaluate("getSelection().toString()") == "# measurement 20"
    assert abs(_top(reading) - before) < 2
    look_at(his.lab.person, "story-4-updated", PANEL)
    ran = his.run("the level is")
    expect(ran.locator(".jp-OutputArea-output")).to_have_text("the level is 1 42")
    his.save()
    expect(hers.cell("the level is").locator(".jp-OutputArea-output")).to_have_text("the level is 1 42")


def bob_is_told_before_he_saves_beside_an_update(hers: OpenNotebook, his: OpenNotebook) -> None:
    his.type_after("flow = 2", "0  # bob's")
    his.type_after("rain = 3", "0  # bob's")
    hers.type_after("flow = 2", "5  # alice's")
    hers.type_after("rain = 3", "5  # alice's")
    hers.save()
    expect(his.banner).to_contain_text("It waits, since there are edits here that are not saved.")
    expect(his.cell("20  # bob's")).to_have_count(1)
    look_at(his.lab.person, "story-5-told-before", BANNER)
    his.save()
    expect(his.banner).to_contain_text("are both kept")
    panel = his.lab.show_panel()
    expect(
        panel.get_by_role("region", name="Needs attention").get_by_role("group", name="alice/rivers")
    ).to_contain_text("1 conflict")
    look_at(his.lab.person, "story-6-conflict", PANEL)


def he_settles_the_conflict_cell_by_cell(hers: OpenNotebook, his: OpenNotebook, folder: Path) -> None:
    his.banner.get_by_role("button", name="Settle…").click()
    view = his.page.locator(".hs-Difference:visible")
    expect(view.locator(".hs-Picks")).to_have_count(2)
    flow, rain = (view.locator(".hs-Pair", has_text=f"{name} =") for name in ("flow", "rain"))
    flow.get_by_label("Mine").check()
    look_at(his.lab.person, "story-7-by-cell", VIEW)
    rain.get_by_label("Theirs").check()
    view.get_by_role("button", name="Publish the picked cells").click()
    done = his.lab.told("flow.ipynb is published as you picked its cells.")
    done.get_by_role("button", name="Hide notification").click()
    for one in (his, hers):
        expect(one.cell("flow = 20  # bob's")).to_have_count(1)
        expect(one.cell("rain = 35  # alice's")).to_have_count(1)
    expect(his.banner).to_have_count(0)
    needs = his.lab.panel.get_by_role("region", name="Needs attention")
    expect(needs.get_by_role("group", name="alice/rivers")).to_have_count(0)
    # The kernels that they began with are still the ones.
    expect(his.run("the level is").locator(".jp-OutputArea-output")).to_have_text("the level is 1 42")
    his.save()
    expect(hers.cell("the level is").locator(".jp-InputPrompt")).to_have_text("[3]:")
    expect(hers.run("rain = 35").locator(".jp-InputPrompt")).to_have_text("[2]:")
    hers.save()
    expect(his.cell("rain = 35").locator(".jp-InputPrompt")).to_have_text("[2]:")


def he_brings_an_older_version_back(hers: OpenNotebook, his: OpenNotebook, folder: Path) -> None:
    his.lab.command("History of This Document")
    history = his.page.locator(".hs-Listing:visible")
    oldest = history.locator("li").last
    expect(oldest).to_contain_text("Version 1")
    look_at(his.lab.person, "story-8-history", VIEW)
    oldest.get_by_role("button", name="Restore").click()
    his.lab.told("version 1 is in place, as an edit.")
    for one in (his, hers):
        expect(one.cell("flow = 2")).to_have_count(1)
        expect(one.cell("bob's")).to_have_count(0)
    # What its kernel says of its language is not in that version: the open notebook knows it still.
    expect(his.cell("flow = 2").locator(".cm-content [class]").first).to_be_visible()
    assert _sources(folder / "flow.ipynb") == CELLS


def alice_takes_bob_out_while_he_edits(alice: Lab, his: OpenNotebook, hers: Path, folder: Path) -> None:
    badge = his.page.locator('.lm-TabBar-tab[data-id="hubshare-panel"]')
    before = re.search(r"\d+", badge.get_attribute("title") or "")
    his.type_after("flow = 2", "0  # not saved yet")
    alice.page.locator(".jp-BreadCrumbs-home").click()
    alice.menu("rivers", "People…")
    alice.dialog.get_by_role("button", name="Remove bob").click()
    alice.accept("Save")
    alice.told("bob no longer has access to alice/rivers.")
    his.lab.told("You no longer have access to alice/rivers. Your files stay; ask its owner for access.")
    expect(his.lab.here("rivers")).to_contain_text("Access lost")
    expect(badge).to_have_attribute("title", re.compile(rf"HubShare: {int(before[0]) + 1 if before else 1} item"))
    look_at(his.lab.person, "story-9-access-lost", PANEL)
    asked = len(his.lab.person.requested)
    (hers / "README.md").write_text("# Rivers and lakes\n")
    alice.show_panel()
    expect(alice.here("rivers")).to_contain_text("In sync")
    his.save()
    wait_until(lambda: "flow = 20  # not saved yet" in (folder / "flow.ipynb").read_text(), "he can save", 30)
    assert (folder / "README.md").read_text() == "# Rivers\n"
    assert "flow = 2" in _sources(hers / "flow.ipynb")
    again = [address for address in his.lab.person.requested[asked:] if "hubshare" in address]
    assert len(again) < 10, again


def _top(cell: Locator) -> float:
    box = cell.bounding_box()
    assert box is not None
    return box["y"]


def _sources(file: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(file.read_text())["cells"]]
