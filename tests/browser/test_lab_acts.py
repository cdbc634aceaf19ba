"""What else is done with the mouse in JupyterLab: auto, invitations, unlinking, one's own projects, images, running cells."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Route, expect

from demo.stack import LocalStack
from hubshare.testing.centre import wait_until
from tests.helpers.accessibility import violations
from tests.helpers.browsers import Browsers
from tests.helpers.internet import Internet
from tests.helpers.lab import Lab
from tests.helpers.lab_course import Course, notebook
from tests.helpers.lab_notebook import OpenNotebook
from tests.helpers.looks import look_at
from tests.helpers.sample import png, ran, write


def test_auto_is_switched_an_invitation_followed_and_a_folder_unlinked(stack: LocalStack, alice: Lab, bob: Lab) -> None:
    hers, his = stack.home("alice") / "harbour", stack.home("bob") / "harbour"
    write(hers, {"ships.txt": b"one\n"})
    ran(stack, "alice", "share", hers)
    alice.open()
    # A long push is cancelled, and nothing of it is published.
    write(hers, {"long.bin": os.urandom(48 * 1024 * 1024)})
    alice.show_panel()
    alice.here("harbour").get_by_role("button", name="Push alice/harbour…").click()
    alice.accept("Push")
    alice.told("Pushing alice/harbour").get_by_role("button", name="Cancel").click()
    alice.told("Pushing alice/harbour: cancelled.")
    (hers / "long.bin").unlink()
    expect(alice.here("harbour")).to_contain_text("In sync")
    # By the menu of the chip, with the keyboard, which comes back to where it was.
    alice.show_files()
    alice.item("harbour").dblclick()
    more = alice.chip.get_by_role("button", name="More for alice/harbour")
    more.focus()
    alice.page.keyboard.press("Enter")
    expect(alice.page.locator(".hs-Menu")).to_be_visible()
    alice.page.keyboard.press("Escape")
    expect(more).to_be_focused()
    alice.page.keyboard.press("Enter")
    for _ in range(10):
        if alice.page.locator(".hs-Menu .lm-mod-active", has_text="Sync Automatically").count():
            break
        alice.page.keyboard.press("ArrowDown")
    alice.page.keyboard.press("Enter")
    alice.told("alice/harbour now syncs automatically.")
    expect(more).to_be_focused()
    alice.show_panel()
    expect(alice.here("harbour").get_by_text("auto", exact=True)).to_be_visible()
    alice.more("harbour", "Invite by Link…")
    alice.dialog.get_by_label("What they may do").select_option(label="can edit")
    look_at(alice.person, "lab-invite", ".jp-Dialog")
    alice.accept("Create and copy link")
    alice.told("Copied the link of the invitation to alice/harbour.")

    bob.open()
    bob.show_panel().get_by_role("button", name="Check out a shared project…").first.click()
    bob.dialog.get_by_label("Link or name").fill("")
    bob.page.keyboard.press("Control+v")
    bob.accept("Check out")
    bob.told("Checked out alice/harbour: 1 file; you can edit it.")
    # The folder is shown then.
    expect(bob.item("ships.txt")).to_be_visible()
    (hers / "ships.txt").write_text("two\n")
    bob.show_panel()
    expect(bob.here("harbour")).to_contain_text("1 to pull")
    bob.more("harbour", "Sync…")
    expect(bob.dialog).to_contain_text("ships.txt")
    look_at(bob.person, "lab-sync", ".jp-Dialog")
    bob.page.keyboard.press("Escape")
    expect(bob.here("harbour").get_by_role("button", name="More for")).to_be_focused()

    alice.more("harbour", "Sync Automatically")
    alice.told("alice/harbour now syncs manually.")
    bob.more("harbour", "Unlink…")
    look_at(bob.person, "lab-unlink", ".jp-Dialog")
    bob.accept("Unlink")
    bob.told("its files stay where they are.")
    expect(bob.here("harbour")).to_have_count(0)
    assert (his / "ships.txt").read_text() == "one\n"


def test_a_project_of_ones_own_is_started_in_the_panel(stack: LocalStack, bob: Lab) -> None:
    folder = stack.home("alice") / "template"
    write(folder, {"task.md": b"# Task\n"})
    ran(stack, "alice", "share", folder, "--with", "bob:reader")
    bob.open()
    bob.show_panel().get_by_role("button", name="Fork alice/template…").click()
    bob.dialog.get_by_label("Name", exact=True).fill("my-template")
    look_at(bob.person, "lab-start-own", ".jp-Dialog")
    bob.accept("Create fork")
    bob.told("bob/my-template is yours now.")
    bob.told("Checked out bob/my-template: 1 file; you can edit it.")
    assert (stack.home("bob") / "my-template" / "task.md").read_text() == "# Task\n"


def test_what_is_new_at_an_origin_is_taken_in_jupyterlab(stack: LocalStack, bob: Lab) -> None:
    folder, mine = stack.home("alice") / "lab-origin", stack.home("bob") / "lab-fork"
    write(folder, {"plan.md": b"# The plan\n", "notes.md": b"Notes\n", "tasks.md": b"Tasks\n"})
    ran(stack, "alice", "share", folder, "--with", "bob:reader")
    ran(stack, "bob", "fork", "alice/lab-origin", "lab-fork", "--checkout", mine)
    write(mine, {"notes.md": b"Notes of Bob's\n", "tasks.md": b"Tasks of Bob's\n"})
    ran(stack, "bob", "push", mine)
    write(folder, {"plan.md": b"# The second plan\n", "notes.md": b"Notes of Alice's\n", "tasks.md": b"Alice's\n"})
    ran(stack, "alice", "push", folder)
    bob.open()
    bob.menu("lab-fork", "Updates from the Origin…")
    expect(bob.dialog).to_contain_text("Comes from alice/lab-origin: 1 file")
    expect(bob.dialog).to_contain_text("Changed in both: 2 files")
    bob.dialog.get_by_label("What becomes of notes.md").select_option("take theirs")
    bob.person.picture("lab-origin", whole=False)
    assert violations(bob.page, ".jp-Dialog") == []
    bob.accept("Take")
    told = bob.told("bob/lab-fork has the updates of alice/lab-origin: version 3. 1 file waits for a decision.")
    assert (mine / "plan.md").read_bytes() == b"# The plan\n"
    told.get_by_role("button", name="Pull…").click()
    bob.accept("Pull")
    bob.told("Pulled 2 files of bob/lab-fork: version 3.")
    assert (mine / "plan.md").read_bytes() == b"# The second plan\n"
    assert (mine / "notes.md").read_bytes() == b"Notes of Alice's\n"
    assert (mine / "tasks.md").read_bytes() == b"Tasks of Bob's\n"
    # What was left is decided later, with both versions side by side.
    bob.show_panel()
    bob.more("lab-fork", "Settle Conflicts")
    listing = bob.page.locator(".hs-Listing:visible")
    expect(listing).to_contain_text("Changed here and in alice/lab-origin, which this was begun from")
    listing.get_by_role("button", name="tasks.md").click()
    view = bob.page.locator(".hs-Difference:visible")
    expect(view.locator(".hs-Names")).to_contain_text("Theirs: version 2 of alice/lab-origin")
    expect(view.locator(".cm-content").nth(0)).to_contain_text("Alice's")
    expect(view.locator(".cm-content").nth(1)).to_contain_text("Tasks of Bob's")
    look_at(bob.person, "lab-conflict-origin", ".hs-View:has(.hs-Difference)")
    view.get_by_role("button", name="Take theirs").click()
    bob.told("The origin’s tasks.md is published.")
    expect(listing).to_contain_text("No conflicts")
    expect(listing.get_by_role("button", name="tasks.md")).to_have_count(0)
    assert (mine / "tasks.md").read_bytes() == b"Tasks of Bob's\n"
    ran(stack, "bob", "pull", mine)
    assert (mine / "tasks.md").read_bytes() == b"Alice's\n"


def test_a_link_from_the_internet_is_got_in_the_panel_and_followed(bob: Lab, tmp_path: Path) -> None:
    with Internet.running(tmp_path) as internet:
        author = internet.repository("lakes")
        author.commit({"plan.md": "# Plan of the lakes\n", "odd\\\\name": "x"})
        opens = "targetpath=lakes&urlpath=lab/tree/lakes/plan.md"
        link = f"{internet.url}/hub/user-redirect/git-pull?repo={author.url}&{opens}"
        bob.open()
        search = bob.show_panel().get_by_role("searchbox")
        search.fill(link)
        search.press("Enter")
        expect(bob.dialog.get_by_label("Link or name")).to_have_value(link)
        # What cannot be is said there, and nothing that was typed is lost.
        bob.dialog.get_by_label("New folder").fill(".")
        bob.dialog.get_by_label("Updates").select_option("every day")
        bob.dialog.get_by_text("give a password or token").press("Enter")
        bob.dialog.get_by_label("User (if it asks for one)").focus()
        expect(bob.dialog.get_by_label("Password or token")).to_have_attribute("type", "password")
        bob.page.keyboard.press("Enter")
        expect(bob.dialog.get_by_role("alert")).to_contain_text("home folder")
        expect(bob.dialog.get_by_label("Updates")).to_have_value("daily")
        look_at(bob.person, "lab-internet", ".jp-Dialog")
        bob.dialog.get_by_label("New folder").fill("")
        bob.page.keyboard.press("Enter")
        told = bob.told("Checked out bob/lakes: 1 file; you can edit it. Some of it cannot be held here.")
        expect(bob.page.locator(".jp-FileEditor, .jp-MarkdownViewer").first).to_contain_text("Plan of the lakes")
        told.get_by_role("button", name="What is left out").click()
        expect(bob.dialog).to_contain_text("the name holds a backslash")
        bob.accept("Close")
        author.commit({"plan.md": "# Plan of the lakes\n", "new.md": "new\n"})
        bob.show_panel()
        bob.more("lakes", "Updates from the Origin…")
        expect(bob.dialog).to_contain_text("new.md")
        bob.accept("Take")
        bob.told("bob/lakes has the updates of")


def test_a_mirror_is_set_up_refused_and_pushed_to_in_the_panel(stack: LocalStack, alice: Lab, tmp_path: Path) -> None:
    write(stack.home("alice") / "skies", {"map.md": b"# Map\n"})
    ran(stack, "alice", "share", stack.home("alice") / "skies")
    with Internet.running(tmp_path) as internet:
        there, internet.writers = internet.repository("skies"), {"git": "open-sesame"}
        alice.open()
        alice.show_panel()
        alice.more("skies", "Mirrors…")
        expect(alice.dialog).to_contain_text("alice/skies has no mirrors.")
        alice.dialog.get_by_label("Address of the repository").fill("git@example.org:a/b.git")
        alice.dialog.get_by_role("button", name="Create mirror").click()
        expect(alice.dialog.get_by_role("alert")).to_contain_text("https://example.org/a/b.git")
        # What was typed is still there, but for the address that was wrong.
        alice.dialog.get_by_label("Address of the repository").fill(there.url)
        alice.dialog.get_by_label("User (if it asks for one)").last.fill("git")
        alice.dialog.get_by_label("Password or token").last.fill("wrong")
        alice.page.keyboard.press("Enter")
        alice.dialog.get_by_role("button", name="Create mirror").click()
        one = alice.dialog.get_by_role("listitem")
        expect(one).to_contain_text("Not taken")
        look_at(alice.person, "lab-mirrors", ".jp-Dialog")
        one.get_by_text("New password or token").click()
        one.get_by_label("User (if it asks for one)").fill("git")
        one.get_by_label("Password or token").fill("open-sesame")
        one.get_by_role("button", name="Save").click()
        expect(one).to_contain_text("It has version 1.")
        expect(one.get_by_label("Password or token")).to_have_value("")
        assert there.git("show", "main:map.md") == "# Map"
        one.get_by_role("button", name="Pause").click()
        expect(one).to_contain_text("Paused.")
        one.get_by_role("button", name="Remove…").click()
        one.get_by_role("button", name="Remove", exact=True).click()
        expect(alice.dialog).to_contain_text("alice/skies has no mirrors.")
        alice.accept("Close")


def test_a_conflict_of_images_is_seen_and_settled(browsers: Browsers, begin: Callable[..., Course]) -> None:
    course = begin("lab-image", auto=False, **{"a.txt": "a\n"})
    colours = (200, 0, 0), (0, 200, 0), (0, 0, 200)
    base, hers, his = (_plain(colour) for colour in colours)
    for folder, content in ((course.hers, base), (course.his, base), (course.hers, hers), (course.his, his)):
        (folder / "map.png").write_bytes(content)
        ran(course.stack, "alice" if folder == course.hers else "bob", "sync", folder)
    assert course.conflicts() == ["map.png"]
    bob = Lab(course.open(browsers, "a.txt"))
    bob.command("Settle Conflicts")
    bob.page.locator(".hs-Listing").get_by_role("button", name="map.png").click()
    view = bob.page.locator(".hs-Difference:visible")
    expect(view.get_by_role("img")).to_have_count(2)
    look_at(bob.person, "lab-conflict-image", ".hs-View:has(.hs-Difference)")
    view.get_by_role("button", name="Take theirs").click()
    wait_until(lambda: (course.his / "map.png").read_bytes() == hers, "hers is in place", 30)


def test_an_update_waits_while_a_cell_runs(browsers: Browsers, begin: Callable[..., Course]) -> None:
    source = "import os\nwhile not os.path.exists('go'): pass\nprint('done')"
    course = begin("lab-running", **{"n.ipynb": notebook(source, "# end")})
    his = OpenNotebook(Lab(course.open(browsers, "n.ipynb"))).is_ready()
    cell = his.enter("import os")
    his.page.keyboard.press("Control+Enter")
    expect(cell.locator(".jp-InputPrompt")).to_have_text("[*]:")
    course.publish("n.ipynb", notebook(source, "# end, says alice"))
    expect(his.banner).to_contain_text("It waits")
    (course.his / "go").touch()
    expect(cell.locator(".jp-OutputArea-output")).to_have_text("done")
    his.save()
    expect(his.banner).to_contain_text("are both kept")
    assert course.conflicts() == ["n.ipynb"]
    assert "says alice" in (course.hers / "n.ipynb").read_text()


def _plain(colour: tuple[int, int, int]) -> bytes:
    """An image of one colour."""
    return png(60, 40, lambda x, y: colour)


def test_enter_pushes_once_what_would_go_is_listed(stack: LocalStack, alice: Lab) -> None:
    hers = stack.home("alice") / "tide"
    write(hers, {"high.txt": b"one\n"})
    ran(stack, "alice", "share", hers)
    alice.open("tide")
    write(hers, {"high.txt": b"two\n"})
    waiting: list[Route] = []
    alice.page.route("**/hubshare/command/plan*", lambda route: waiting.append(route))
    expect(alice.chip).to_contain_text("1 to push")
    with alice.page.expect_request("**/hubshare/command/plan*"):
        alice.chip.get_by_role("button", name="Push…").click()
    # Nothing else can be pressed yet.
    expect(alice.dialog.locator(".jp-Dialog-button").filter(has_text="Cancel")).to_be_focused()
    waiting[0].continue_()
    expect(alice.dialog.get_by_role("button", name="Push", exact=True)).to_be_focused()
    alice.page.keyboard.press("Enter")
    alice.told("Pushed 1 file to alice/tide: version 2.")
