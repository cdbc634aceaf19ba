"""Who works together and whose version counts, decided on the pages: teams, access, invitations, conflicts."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import expect

from demo.stack import LocalStack
from hubshare.testing.centre import wait_until
from hubshare.testing.notebooks import notebook
from tests.helpers.accessibility import check_looks, tab_to
from tests.helpers.browsers import Browsers, shown
from tests.helpers.sample import Dispute, ran, write


def share(stack: LocalStack, name: str, *more: str) -> Path:
    """A folder of Alice's with one file, shared."""
    folder = stack.home("alice") / name
    write(folder, {"plan.txt": b"the plan\n"})
    ran(stack, "alice", "share", folder, *more)
    return folder


def test_who_is_taken_out_of_a_team_loses_what_it_gave(browsers: Browsers, stack: LocalStack) -> None:
    alice, bob = browsers("alice"), browsers("bob")
    alice.go("teams")
    alice.page.get_by_label("Name").fill("lab")
    alice.page.get_by_role("button", name="Create the team").click()
    alice.page.get_by_label("Invite", exact=True).fill("bob")
    alice.page.get_by_role("button", name="Send invitation").click()
    expect(alice.page.get_by_text("has not answered")).to_be_visible()
    check_looks(alice, "team-asked")
    bob.go()
    expect(bob.page.get_by_role("heading", name="Waiting for your answer")).to_be_visible()
    check_looks(bob, "home-asked")
    bob.page.get_by_role("button", name="Accept lab").click()
    expect(bob.page.get_by_text("member", exact=True)).to_be_visible()
    alice.page.reload()
    expect(alice.page.get_by_role("heading", name="2 people")).to_be_visible()
    share(stack, "joint", "--as", "lab/joint")
    ran(stack, "bob", "checkout", "lab/joint")
    bob.go()
    bob.page.get_by_role("link", name="lab/joint").first.click()
    expect(bob.page.get_by_role("link", name="plan.txt", exact=True)).to_be_visible()
    alice.page.reload()
    expect(alice.page.get_by_role("link", name="lab/joint")).to_be_visible()
    check_looks(alice, "team")
    alice.says_yes("Remove bob from lab?")
    alice.page.get_by_role("button", name="Remove bob").click()
    expect(alice.page.get_by_role("heading", name="bob was removed from lab")).to_be_visible()
    expect(alice.page.get_by_text("lab/joint").first).to_be_visible()
    expect(alice.page.get_by_text("joint", exact=False).first).to_be_visible()
    check_looks(alice, "team-removed")
    expect(bob.page.get_by_role("heading", name="Not found")).to_be_visible()
    assert bob.go("teams/lab").status == 404


def test_a_role_is_given_and_taken_away(browsers: Browsers, stack: LocalStack) -> None:
    share(stack, "given")
    alice, bob = browsers("alice"), browsers("bob")
    assert bob.go("projects/alice/given").status == 404
    alice.go("projects/alice/given/access")
    alice.page.get_by_label("Name").fill("bob")
    alice.page.get_by_role("button", name="Grant role", exact=True).click()
    expect(alice.page.get_by_role("button", name="Remove the role of")).to_be_visible()
    assert bob.go("projects/alice/given").status == 200
    alice.says_yes("This takes effect immediately.")
    alice.page.get_by_role("button", name="Remove the role of").click()
    expect(alice.page.get_by_role("heading", name="was removed")).to_be_visible()
    check_looks(alice, "access-revoked")
    expect(bob.page.get_by_role("heading", name="Not found")).to_be_visible()


def test_an_invitation_is_a_link_that_the_next_one_follows(browsers: Browsers, stack: LocalStack) -> None:
    share(stack, "invited")
    alice, bob = browsers("alice"), browsers("bob")
    alice.go("projects/alice/invited/access")
    alice.page.get_by_role("button", name="Create link").click()
    link = alice.page.locator("#invitation-link").text_content() or ""
    check_looks(alice, "access-invitation")
    bob.page.goto(link)
    expect(bob.page.get_by_role("heading", name="alice invites you to alice/invited")).to_be_visible()
    check_looks(bob, "invitation")
    bob.page.get_by_role("button", name="Accept as bob").click()
    expect(bob.page.get_by_role("link", name="plan.txt", exact=True)).to_be_visible()
    bob.page.goto(link)
    expect(bob.page.get_by_role("heading", name="You already have access to alice/invited")).to_be_visible()
    alice.go("projects/alice/invited/access")
    expect(alice.page.get_by_role("heading", name="2 people have access")).to_be_visible()
    expect(alice.page.get_by_text("No active links.")).to_be_visible()
    carol = browsers("carol")
    carol.page.goto(link)
    expect(carol.page.get_by_role("heading", level=1)).not_to_contain_text("alice/invited")


def test_a_conflict_is_settled_by_publishing_ones_own(browsers: Browsers, dispute: Dispute) -> None:
    bob = browsers("bob")
    bob.go()
    needs = bob.page.get_by_role("region", name="Needs attention")
    expect(needs.get_by_text("open conflict")).to_be_visible()
    bob.go("conflicts")
    bob.page.get_by_role("link", name="mine.py").click()
    shown(bob, "#difference")
    expect(bob.page.locator("#difference").get_by_text("6 * pi")).to_be_visible()
    bob.page.get_by_role("button", name="Publish mine").click()
    expect(bob.page.get_by_role("heading", name="Your version is published")).to_be_visible()
    bob.page.get_by_role("link", name="mine.py").click()
    shown(bob)
    expect(bob.page.get_by_text("sin(6 * pi * x)")).to_be_visible()


def test_a_conflict_is_settled_by_taking_theirs(browsers: Browsers, dispute: Dispute) -> None:
    bob = browsers("bob")
    bob.go("conflicts")
    bob.page.get_by_role("link", name="theirs.py").click()
    bob.page.get_by_role("button", name="Take theirs").click()
    expect(bob.page.get_by_role("heading", name="Theirs is picked")).to_be_visible()
    file = dispute.bob / "theirs.py"
    wait_until(lambda: "4 * pi" in file.read_text(), "Bob's server puts it in place")


def test_a_conflict_is_settled_cell_by_cell(browsers: Browsers, dispute: Dispute) -> None:
    bob = browsers("bob")
    page = bob.page
    bob.go("conflicts")
    page.get_by_role("link", name="cells.ipynb").click()
    page.get_by_role("link", name="Pick cell by cell").click()
    expect(page.get_by_text("Cell 1 is the same")).to_be_visible()
    page.get_by_role("region", name="Cell 2").get_by_label("Mine").check()
    page.get_by_role("region", name="Cell 3").get_by_label("Theirs").check()
    page.get_by_role("button", name="Preview the notebook").click()
    then = page.get_by_role("region", name="Resulting notebook: 3 cells")
    expect(then.get_by_text("bob changed this")).to_be_visible()
    expect(then.get_by_text("alice changed that")).to_be_visible()
    check_looks(bob, "cells")
    page.get_by_role("button", name="Publish the picked cells").click()
    expect(page.get_by_role("link", name="cells.ipynb").first).to_be_visible()
    check_looks(bob, "cells-settled")
    merged = notebook("the same", "bob changed this", "alice changed that")
    wait_until(lambda: same(dispute.bob / "cells.ipynb", merged), "Bob's server takes the merged notebook")


def same(file: Path, expected: str) -> bool:
    """Whether a notebook holds what another one does."""
    cells = [json.loads(text)["cells"] for text in (file.read_text(), expected)]
    return cells[0] == cells[1]


def test_a_conflict_is_settled_by_the_keyboard_alone(browsers: Browsers, dispute: Dispute) -> None:
    bob = browsers("bob")
    page = bob.page
    bob.go("conflicts")
    tab_to(page, "keys.py")
    page.keyboard.press("Enter")
    page.wait_for_url("**/conflicts/*")
    tab_to(page, "Publish mine")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your version is published")).to_be_visible()
    tab_to(page, "Back to your conflicts")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=Dispute.open)).to_be_visible()
    expect(page.get_by_role("link", name="keys.py")).to_have_count(0)
