"""What somebody new finds. All these tests share a Hub: this one comes first, before anybody shares anything with Carol."""

from __future__ import annotations

from playwright.sync_api import expect

from demo.stack import LocalStack
from tests.helpers.browsers import Browsers
from tests.helpers.sample import ran, write


def test_a_newcomer_finds_hubshare_at_the_hub_and_what_is_shared_with_her(
    browsers: Browsers, stack: LocalStack
) -> None:
    carol = browsers()
    page = carol.page
    page.goto(f"{stack.url}/hub/home")
    page.get_by_label("Username").fill("carol")
    page.get_by_label("Password").fill(stack.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Services").click()
    page.get_by_role("link", name="hubshare").click()
    expect(page.locator("#signed-in-user")).to_have_text("carol")
    expect(page.get_by_role("heading", name="Share a folder, or get one")).to_be_visible()
    page.get_by_text("In a terminal").click()
    expect(page.get_by_text("hubshare grant carol/my-folder COLLEAGUE:writer")).to_be_visible()
    expect(page.get_by_text("Nothing has been pushed yet")).to_be_visible()
    carol.picture("home-first-use")

    folder = stack.home("alice") / "first"
    write(folder, {"README.md": b"# The first course\n", "01 Intro.ipynb": b"{}"})
    ran(stack, "alice", "share", folder, "--with", "carol:reader")
    # The page hears of it by itself.
    news = page.get_by_role("region", name="What is new")
    expect(news.get_by_role("link", name="alice/first")).to_be_visible()
    page.reload()
    page.get_by_role("region", name="Shared with you").get_by_role("link", name="alice/first").click()
    expect(page.get_by_role("heading", name="alice / first")).to_be_visible()
    expect(page.get_by_role("heading", name="The first course")).to_be_visible()
