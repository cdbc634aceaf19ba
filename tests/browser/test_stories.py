"""What people do with the pages, each as they do it: with a browser, at a Hub, while others work."""

from __future__ import annotations

from playwright.sync_api import expect

from browser.people import Browsers, Person
from browser.sample import Sample, ran
from hubshare.local.stack import LocalStack
from hubshare.local.story import write_course


def shown(person: Person, path: str = "#rendered") -> None:
    """Wait until a rendering is there."""
    expect(person.page.locator(f"{path}.hs-shown")).to_be_visible()


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
    expect(page.get_by_text("hubshare grant carol/my-folder COLLEAGUE:writer")).to_be_visible()
    expect(page.get_by_text("Nothing has been pushed yet")).to_be_visible()
    carol.picture("home-first-use")

    course = stack.home("alice") / "course"
    write_course(course)
    ran(stack, "alice", "share", course, "--with", "carol:reader", "--with", "bob:reader")
    # The page hears of it by itself.
    news = page.get_by_role("region", name="What is new")
    expect(news.get_by_role("link", name="alice/course").first).to_be_visible()
    page.reload()
    page.get_by_role("region", name="Shared with you").get_by_role("link", name="alice/course").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("alice / course")
    expect(page.get_by_role("table", name="Files in alice/course")).to_be_visible()


def test_a_push_appears_on_an_open_page(browsers: Browsers, sample: Sample) -> None:
    bob = browsers("bob")
    bob.go(sample.page)
    shown(bob, "#readme")
    expect(bob.page.get_by_role("heading", name="Waves")).to_be_visible()
    bob.page.evaluate("window.same = true")
    sample.push({"README.md": b"# Waves, again\n", "new.txt": b"new\n"})
    expect(bob.page.get_by_role("link", name="new.txt")).to_be_visible()
    expect(bob.page.get_by_role("heading", name="Waves, again")).to_be_visible()
    expect(bob.page.get_by_role("status").filter(has_text="was brought up to date")).to_have_count(1)
    assert bob.page.evaluate("window.same"), "the page was loaded again"
