"""Sharing in JupyterLab with the mouse: two people, each on a server of their own, and neither with a terminal."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from demo.stack import LocalStack
from tests.helpers.accessibility import violations
from tests.helpers.browsers import ARTIFACTS, Browsers
from tests.helpers.lab import Lab
from tests.helpers.looks import look_at
from tests.helpers.plain_lab import plain_lab
from tests.helpers.sample import ran, write


def shared(stack: LocalStack, name: str, files: dict[str, bytes], *people: str) -> Path:
    """A folder of Alice's that she shares."""
    folder = stack.home("alice") / name
    write(folder, files)
    ran(stack, "alice", "share", folder, *(word for one in people for word in ("--with", one)))
    return folder


def test_a_folder_is_shared_got_edited_pushed_pulled_and_undone_with_the_mouse(
    stack: LocalStack, alice: Lab, bob: Lab
) -> None:
    theirs = stack.home("alice") / "waves"
    write(theirs, {"README.md": b"# Waves\n", "week 1/01.md": b"one\n"})
    # She could share it in the name of a team.
    ran(stack, "alice", "team", "create", "oceans")

    alice.open()
    alice.menu("waves", "Share…")
    expect(alice.dialog.get_by_label("Name", exact=True)).to_be_focused()
    alice.dialog.get_by_label("Name of a person, team or group").fill("bob:writer")
    alice.page.keyboard.press("Enter")
    expect(alice.dialog.get_by_label("What bob may do")).to_have_value("writer")
    alice.person.picture("lab-share", whole=False)
    assert violations(alice.page, ".jp-Dialog") == []
    alice.accept("Share")
    alice.told("Shared alice/waves: 2 files.")
    alice.show_panel()
    expect(alice.here("waves")).to_contain_text("In sync")

    bob.open()
    found = bob.show_panel().get_by_role("region", name="Projects")
    found.get_by_role("button", name="Check out alice/waves on this server").click()
    bob.told("Checked out alice/waves: 2 files; you can edit it.")
    expect(bob.item("README.md")).to_be_visible()
    name = bob.item("README.md").locator(".jp-DirListing-itemText").bounding_box()
    assert name is not None and name["width"] > 60
    expect(bob.chip).to_contain_text("In sync")

    mine = stack.home("bob") / "waves"
    write(mine, {"README.md": b"# Waves and more\n", "notes.txt": b"new\n"})
    expect(bob.chip).to_contain_text("2 to push")
    bob.page.get_by_role("button", name="Refresh the file browser").click()
    expect(bob.mark("README.md")).to_have_attribute("title", re.compile("^Edited: "))
    expect(bob.mark("notes.txt")).to_have_attribute("aria-label", "New: it is new and goes with the next push")
    bob.person.picture("lab-marks", whole=False)

    bob.chip.get_by_role("button", name="Push…").click()
    expect(bob.dialog.locator(":focus")).to_have_count(1)
    bob.page.keyboard.press("Escape")
    expect(bob.dialog).to_have_count(0)
    bob.chip.get_by_role("button", name="Push…").click()
    bob.dialog.get_by_label("notes.txt").uncheck()
    bob.dialog.get_by_label("Message").fill("Say more")
    look_at(bob.person, "lab-push", ".jp-Dialog")
    bob.accept("Push")
    done = bob.told("Pushed 1 file to alice/waves: version 2.")
    expect(bob.chip).to_contain_text("1 to push")
    assert "Say more" in str(ran(stack, "bob", "log", mine))

    # It is told to Alice without her asking for it.
    expect(alice.here("waves")).to_contain_text("1 to pull")
    alice.here("waves").get_by_role("button", name="Pull alice/waves…").click()
    expect(alice.dialog).to_contain_text("README.md")
    look_at(alice.person, "lab-pull", ".jp-Dialog")
    alice.accept("Pull")
    alice.told("Pulled 1 file of alice/waves: version 2.")
    assert (theirs / "README.md").read_bytes() == b"# Waves and more\n"
    expect(alice.here("waves")).to_contain_text("In sync")

    done.get_by_role("button", name="Undo").click()
    bob.told("alice/waves is as before version 2; that is version 3.")
    assert (mine / "README.md").read_bytes() == b"# Waves\n"
    assert (mine / "notes.txt").read_bytes() == b"new\n"
    expect(alice.here("waves")).to_contain_text("1 to pull")


def test_what_is_wrong_is_in_the_panel_with_its_buttons_and_on_its_icon(
    stack: LocalStack, alice: Lab, bob: Lab
) -> None:
    files = {f"{number}.md": b"%d\n" % number for number in range(12)}
    theirs = shared(stack, "rules", files, "bob:writer")
    mine = stack.home("bob") / "rules"
    ran(stack, "bob", "checkout", "alice/rules", mine)
    write(theirs, {"0.md": b"Alice's\n"})
    write(mine, {"0.md": b"Bob's\n"})
    ran(stack, "alice", "push", theirs)
    bob.open()
    bob.show_panel()
    badge = bob.page.locator('.lm-TabBar-tab[data-id="hubshare-panel"]')
    needs = bob.panel.get_by_role("region", name="Needs attention")
    # Beside it stands that she has let him write.
    expect(needs.get_by_role("group", name="alice/rules").filter(has_text="1 conflict")).to_be_visible()
    # Other tests may have left him more.
    expect(badge).to_have_attribute("title", re.compile("^HubShare: [1-9][0-9]* items? needs? attention$"))
    bob.person.picture("lab-conflict", whole=False)
    own = bob.panel.get_by_role("region", name="Yours")
    own.get_by_text("Tokens of the Hub").click()
    expect(own.get_by_role("listitem").filter(has_text="used here").first).to_be_visible()
    own.get_by_text("Tokens of the Hub").scroll_into_view_if_needed()
    bob.person.picture("lab-tokens", whole=False)
    assert violations(bob.page, "#hubshare-panel") == []

    for number in range(2, 12):
        (theirs / f"{number}.md").unlink()
    alice.open()
    alice.show_panel()
    alice.here("rules").get_by_role("button", name="Push alice/rules…").click()
    alice.accept("Push")
    # One is asked before anything is deleted for everybody.
    expect(alice.dialog).to_contain_text("Delete these files for everybody?")
    expect(alice.dialog).to_contain_text("10 files of alice/rules were deleted here")
    alice.person.picture("lab-deletions", whole=False)
    alice.accept("Cancel")
    question = alice.panel.get_by_role("region", name="Needs attention").get_by_role("group", name="alice/rules")
    question.get_by_role("button", name="Bring back").click()
    alice.told("Brought 10 files back.")
    assert len([*theirs.iterdir()]) == 12
    expect(alice.here("rules")).to_contain_text("In sync")


def test_a_link_opens_jupyterlab_asks_once_and_opens_the_file(stack: LocalStack, bob: Lab) -> None:
    shared(stack, "linked", {"read me.md": b"# Read me\n", "other.md": b"other\n"}, "bob:reader")
    bob.page.goto(f"{stack.url}/user/bob/hubshare/open?project=alice/linked&file=read%20me.md")
    expect(bob.dialog.get_by_label("Link or name")).to_have_value("alice/linked")
    bob.person.picture("lab-link", whole=False)
    bob.accept("Check out")
    bob.told("Checked out alice/linked: 2 files; you can read it.")
    expect(bob.page.locator(".jp-FileEditor, .jp-MarkdownViewer").first).to_contain_text("Read me")
    assert "hubshare=" not in bob.page.url
    bob.page.reload()
    bob.show_panel()
    expect(bob.here("linked")).to_contain_text("read only")
    expect(bob.dialog).to_have_count(0)
    bob.page.goto(f"{stack.url}/user/bob/hubshare/open?project=alice/linked&file=notes/gone.md")
    bob.told("linked/notes/gone.md is not on this server")
    expect(bob.item("other.md")).to_be_visible()


def test_the_panel_is_searched_used_with_the_keyboard_and_seen_in_the_dark(
    stack: LocalStack, browsers: Browsers
) -> None:
    shared(stack, "ocean-currents", {"a.md": b"a\n"}, "carol:reader")
    stack.start_server("carol")
    carol = Lab(browsers("carol")).open()
    carol.choose_theme("JupyterLab Dark")
    panel = carol.show_panel()
    expect(panel.get_by_role("heading", name="Work on a folder together")).to_be_visible()
    carol.person.picture("lab-dark-first", whole=False)
    assert violations(carol.page, "#hubshare-panel") == []
    panel.get_by_role("searchbox").fill("currents ocean")
    expect(panel.get_by_role("status")).to_have_text("1 project found")
    carol.page.keyboard.press("Tab")
    carol.page.keyboard.press("Tab")
    expect(panel.get_by_role("button", name="Check out alice/ocean-currents on this server")).to_be_focused()
    carol.page.keyboard.press("Enter")
    carol.told("Checked out alice/ocean-currents")
    carol.page.keyboard.press("Control+Shift+C")
    carol.page.get_by_role("searchbox", name="Command palette").or_(
        carol.page.locator(".lm-CommandPalette-input")
    ).first.fill("hubshare panel")
    carol.page.keyboard.press("Enter")
    expect(carol.here("ocean-currents")).to_contain_text("read only")
    # What is chosen in the settings editor is so at once.
    # Looked for by its name: the editor draws the form of each plugin that it shows before it answers.
    carol.execute("settingeditor:open", query="HubShare")
    carol.page.locator(".jp-PluginList").get_by_text("HubShare", exact=True).click()
    carol.page.get_by_label("Keep new checkouts in sync by themselves").check()
    told = carol.page.get_by_role("combobox").filter(has_text="Only what needs me, and what went wrong")
    told.select_option(label="Only what needs me, and what went wrong")
    write(stack.home("carol"), {"tides/b.md": b"b\n"})
    carol.show_files()
    carol.page.locator(".jp-BreadCrumbs-home").click()
    carol.menu("tides", "Share…")
    expect(carol.dialog.get_by_label("Sync automatically", exact=False)).to_be_checked()
    carol.accept("Share")
    carol.show_panel()
    expect(carol.here("tides").get_by_text("auto", exact=True)).to_be_visible()
    expect(carol.page.locator(".Toastify__toast", has_text="tides")).to_have_count(0)
    carol.page.set_viewport_size({"width": 480, "height": 700})
    carol.person.picture("lab-dark-narrow", whole=False)
    assert violations(carol.page, "#hubshare-panel") == []


def test_offers_wait_for_a_yes_and_people_are_let_in_and_out(stack: LocalStack, alice: Lab, bob: Lab) -> None:
    shared(stack, "atlas", {"a.md": b"a\n"})
    alice.open()
    alice.menu("atlas", "People…")
    alice.dialog.get_by_label("Name of a person, team or group").fill("bob")
    alice.dialog.get_by_role("button", name="Add").click()
    alice.accept("Save")
    alice.told("bob is reader of alice/atlas now.")
    bob.open()
    listed = bob.show_panel().get_by_role("region", name="Projects")
    expect(listed).to_contain_text("atlas")
    alice.menu("atlas", "People…")
    alice.dialog.get_by_role("button", name="Remove bob").click()
    alice.accept("Save")
    alice.told("bob no longer has access to alice/atlas.")
    bob.panel.get_by_role("button", name="Look again").click()
    expect(listed.get_by_text("atlas")).to_have_count(0)

    ran(stack, "alice", "team", "create", "mappers")
    ran(stack, "alice", "team", "add", "mappers", "bob")
    bob.panel.get_by_role("button", name="Look again").click()
    offer = bob.panel.get_by_role("region", name="Needs attention").get_by_role("group", name="mappers")
    expect(offer).to_contain_text("alice invites you to join the team as member.")
    bob.person.picture("lab-offer", whole=False)
    assert violations(bob.page, "#hubshare-panel") == []
    offer.get_by_role("button", name="Accept").click()
    bob.told("You are in the team mappers now.")
    expect(offer).to_have_count(0)


def test_without_a_hub_the_panel_says_what_it_needs_and_nothing_breaks(browsers: Browsers, tmp_path: Path) -> None:
    write(tmp_path, {"thesis/a.md": b"# A\n"})
    with plain_lab(tmp_path) as address, browsers.elsewhere() as (page, exceptions):
        page.goto(address)
        page.get_by_role("tab", name="HubShare").click()
        panel = page.locator("#hubshare-panel")
        expect(panel).to_contain_text("HubShare is not set up here")
        expect(panel).to_contain_text("Start your server from the Hub")
        page.screenshot(path=ARTIFACTS / "lab-no-hub.png")
        page.get_by_role("tab", name="File Browser").click()
        page.get_by_text("thesis", exact=True).click(button="right")
        page.locator(".lm-Menu-item", has_text="HubShare").hover()
        expect(page.locator(".lm-Menu-item", has_text="Share…").last).to_have_class(re.compile("lm-mod-disabled"))
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        page.get_by_text("thesis", exact=True).dblclick()
        expect(page.get_by_text("a.md", exact=True)).to_be_visible()
        assert exceptions == []
