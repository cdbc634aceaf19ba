"""The main paths by the keyboard alone: everything can be reached, and one always sees where one is."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.helpers.accessibility import tab_to
from tests.helpers.browsers import Browsers, shown
from tests.helpers.sample import PROJECT, Sample


def test_from_signing_in_to_a_file_and_back(browsers: Browsers, sample: Sample) -> None:
    bob = browsers()
    page = bob.page
    page.goto(f"{sample.stack.url}/hub/home")
    page.get_by_label("Username").focus()
    page.keyboard.type("bob")
    page.keyboard.press("Tab")
    page.keyboard.type(sample.stack.password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/hub/home")
    bob.go()
    tab_to(page, "Skip to the content", 1)
    page.keyboard.press("Enter")
    tab_to(page, PROJECT)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{sample.page}")
    shown(bob, "#readme")
    tab_to(page, "wave.py", 80)
    page.keyboard.press("Enter")
    page.wait_for_url("**/wave.py")
    shown(bob)
    tab_to(page, "show")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{sample.page}")
    expect(page.get_by_role("table", name=f"Files in {PROJECT}")).to_be_visible()


def test_copying_and_the_theme(browsers: Browsers, sample: Sample) -> None:
    bob = browsers("bob")
    page = bob.page
    bob.context.grant_permissions(["clipboard-read", "clipboard-write"])
    bob.go(sample.page)
    shown(bob, "#readme")
    root = page.locator("html")
    before = root.get_attribute("data-bs-theme")
    tab_to(page, "Light or dark")
    page.keyboard.press("Space")
    expect(root).not_to_have_attribute("data-bs-theme", str(before))
    page.reload()
    expect(root).not_to_have_attribute("data-bs-theme", str(before))
    tab_to(page, "In a terminal", 60)
    page.keyboard.press("Enter")
    tab_to(page, f"Copy: hubshare checkout {PROJECT}")
    page.keyboard.press("Enter")
    expect(page.locator("#announcements")).to_have_text("Copied.")
