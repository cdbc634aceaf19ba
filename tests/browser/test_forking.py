"""Somebody starts a project of their own from a course, and keeps up with it, with the mouse alone."""

from __future__ import annotations

from playwright.sync_api import expect

from demo.stack import LocalStack
from tests.helpers.accessibility import check_looks, violations
from tests.helpers.browsers import Browsers
from tests.helpers.lab import Lab
from tests.helpers.looks import look_at
from tests.helpers.sample import ran, write


def test_a_course_becomes_my_own_and_a_conflict_with_it_is_settled(browsers: Browsers, stack: LocalStack) -> None:
    folder = stack.home("alice") / "to-be-forked"
    write(folder, {"plan.md": b"# The plan\n", "notes.md": b"Notes\n", "week-1/tasks.md": b"Tasks\n"})
    ran(stack, "alice", "share", folder, "--with", "bob:reader")
    bob = browsers("bob")
    bob.go("projects/alice/to-be-forked")
    bob.page.get_by_role("link", name="Fork", exact=True).click()
    bob.page.get_by_label("Name").fill("my-own")
    check_looks(bob, "fork")
    bob.page.get_by_role("button", name="Create fork").click()
    box = bob.page.get_by_role("region", name="Forked from another project")
    expect(box.get_by_text("up to date")).to_be_visible()
    bob.go("projects/bob/my-own/edit?path=notes.md")
    bob.page.locator("#text").fill("Notes of Bob's\n")
    bob.page.get_by_role("button", name="Save").click()
    write(folder, {"plan.md": b"# The second plan\n", "notes.md": b"Notes of Alice's\n", "week-2/tasks.md": b"More\n"})
    (folder / "week-1" / "tasks.md").unlink()
    ran(stack, "alice", "push", folder)
    bob.go("projects/bob/my-own")
    expect(box.get_by_text("1 version behind")).to_be_visible()
    check_looks(bob, "project-fork")
    box.get_by_role("link", name="Review updates").click()
    expect(bob.page.get_by_role("heading", name="3 files would be taken over")).to_be_visible()
    bob.page.get_by_label("notes.md").select_option("take the origin’s")
    check_looks(bob, "origin")
    bob.page.get_by_role("button", name="Take it over").click()
    expect(box.get_by_text("up to date")).to_be_visible()
    expect(bob.page.get_by_role("link", name="week-2", exact=True)).to_be_visible()
    expect(bob.page.get_by_role("link", name="week-1", exact=True)).to_have_count(0)
    bob.go("projects/bob/my-own/files/latest/notes.md")
    expect(bob.page.get_by_text("Notes of Alice's")).to_be_visible()


def test_what_is_new_at_an_origin_is_taken_in_jupyterlab(browsers: Browsers, stack: LocalStack) -> None:
    folder, mine = stack.home("alice") / "lab-origin", stack.home("bob") / "lab-fork"
    write(folder, {"plan.md": b"# The plan\n", "notes.md": b"Notes\n", "tasks.md": b"Tasks\n"})
    ran(stack, "alice", "share", folder, "--with", "bob:reader")
    ran(stack, "bob", "fork", "alice/lab-origin", "lab-fork", "--checkout", mine)
    write(mine, {"notes.md": b"Notes of Bob's\n", "tasks.md": b"Tasks of Bob's\n"})
    ran(stack, "bob", "push", mine)
    write(folder, {"plan.md": b"# The second plan\n", "notes.md": b"Notes of Alice's\n", "tasks.md": b"Alice's\n"})
    ran(stack, "alice", "push", folder)
    bob = Lab(browsers("bob")).open()
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
