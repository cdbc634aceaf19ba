"""What people decide about a whole project on its pages: what readers see, what is left out, and where a copy goes."""

from __future__ import annotations

from playwright.sync_api import expect

from demo.stack import LocalStack
from hubshare.testing.centre import wait_until
from hubshare.testing.notebooks import notebook
from tests.helpers.accessibility import check_looks
from tests.helpers.browsers import Browsers
from tests.helpers.sample import ran, write


def test_readers_see_a_release_while_work_goes_on(browsers: Browsers, stack: LocalStack) -> None:
    folder = stack.home("alice") / "frozen"
    write(folder, {"plan.txt": b"the first plan\n"})
    ran(stack, "alice", "share", folder, "--with", "bob:reader")
    alice, bob = browsers("alice"), browsers("bob")
    alice.go("projects/alice/frozen/releases")
    alice.page.get_by_label("Name", exact=True).fill("Winter term")
    alice.page.get_by_role("button", name="Create release").click()
    alice.page.get_by_role("button", name="Pin for readers").click()
    expect(alice.page.get_by_text("pinned for readers")).to_be_visible()
    check_looks(alice, "releases-pinned")
    write(folder, {"draft.txt": b"not yet\n"})
    ran(stack, "alice", "push", folder)
    bob.go("projects/alice/frozen")
    expect(bob.page.get_by_role("link", name="plan.txt", exact=True)).to_be_visible()
    expect(bob.page.get_by_role("link", name="draft.txt", exact=True)).to_have_count(0)
    check_looks(bob, "project-pinned")
    alice.go("projects/alice/frozen")
    expect(alice.page.get_by_role("link", name="draft.txt", exact=True)).to_be_visible()
    alice.go("projects/alice/frozen/releases")
    alice.page.get_by_role("button", name="Unpin").click()
    bob.go("projects/alice/frozen")
    expect(bob.page.get_by_role("link", name="draft.txt", exact=True)).to_be_visible()


def test_ignore_rules_are_tried_before_they_are_published(browsers: Browsers, stack: LocalStack) -> None:
    folder = stack.home("alice") / "ignoring"
    write(folder, {"plan.txt": b"the plan\n", "run.log": b"noise\n"})
    ran(stack, "alice", "share", folder)
    alice = browsers("alice")
    alice.go("projects/alice/ignoring/settings")
    alice.page.get_by_role("link", name="Edit ignore rules").click()
    alice.page.get_by_role("textbox", name="One pattern in each line").fill("*.log")
    alice.page.get_by_role("button", name="Preview").click()
    caught = alice.page.get_by_role("region", name="1 published file caught")
    expect(caught.get_by_text("run.log")).to_be_visible()
    check_looks(alice, "ignore")
    alice.page.get_by_role("button", name="Publish rules").click()
    expect(alice.page.get_by_role("heading", name="Change the ignore rules")).to_be_visible()
    ran(stack, "alice", "pull", folder)
    write(folder, {"another.log": b"noise\n"})
    assert "'*.log'" in ran(stack, "alice", "why", folder / "another.log")


def test_outputs_are_left_out_from_the_settings(browsers: Browsers, stack: LocalStack) -> None:
    folder = stack.home("alice") / "quiet"
    write(folder, {"n.ipynb": notebook("x").encode()})
    ran(stack, "alice", "share", folder)
    alice = browsers("alice")
    alice.go("projects/alice/quiet/settings")
    alice.page.get_by_label("Leave them out").check()
    alice.page.get_by_role("region", name="Outputs of notebooks").get_by_role("button", name="Save").click()
    alice.page.wait_for_load_state()
    expect(alice.page.get_by_label("Leave them out")).to_be_checked()
    wait_until(
        lambda: "without their outputs" in ran(stack, "alice", "status", folder), "the agent of her server hears of it"
    )
    write(folder, {"n.ipynb": notebook("x", "y", output="secret").encode()})
    ran(stack, "alice", "push", folder)
    alice.go("projects/alice/quiet/raw/latest/n.ipynb")
    assert alice.page.locator("pre").text_content() == notebook("x", "y")


def test_a_project_is_checked_out_to_ones_own_server_and_opens_in_lab(browsers: Browsers, stack: LocalStack) -> None:
    folder = stack.home("alice") / "taken"
    write(folder, {"plan.txt": b"the plan\n"})
    ran(stack, "alice", "share", folder, "--with", "bob:reader")
    bob = browsers("bob")
    bob.go("projects/alice/taken")
    bob.page.get_by_role("link", name="Check out to my server").click()
    asked = bob.page.get_by_role("dialog").filter(has_text="Check out a project")
    expect(asked).to_be_visible()
    bob.picture("open-asks", whole=False)
    asked.get_by_role("button", name="Check out", exact=True).click()
    expect(bob.page.get_by_role("listitem", name="plan.txt")).to_be_visible()
    bob.picture("open-lab", whole=False)
    assert (stack.home("bob") / "taken" / "plan.txt").read_bytes() == b"the plan\n"
    # Whatever was shown last.
    bob.page.get_by_role("tab", name="HubShare").or_(bob.page.locator('[data-id="hubshare-panel"]')).first.click()
    expect(bob.page.get_by_role("listitem", name="plan.txt")).to_be_hidden()
    bob.go("projects/alice/taken")
    bob.page.get_by_role("link", name="Open on my server").click()
    expect(bob.page.get_by_role("listitem", name="plan.txt")).to_be_visible()
    assert not bob.page.get_by_role("dialog").count()
