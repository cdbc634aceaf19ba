"""Somebody starts a project of their own from a course, and keeps up with it, with the mouse alone."""

from __future__ import annotations

from playwright.sync_api import expect

from demo.stack import LocalStack
from tests.helpers.accessibility import check_looks
from tests.helpers.browsers import Browsers
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
