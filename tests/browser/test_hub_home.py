"""The Hub's own home says what is shared with somebody and what needs them, and needs nothing of HubShare to work itself."""

from __future__ import annotations

from playwright.sync_api import Route, expect

from demo.stack import LocalStack
from tests.helpers.accessibility import sticking_out, violations
from tests.helpers.browsers import Browsers
from tests.helpers.sample import ran, write


def test_the_hubs_own_home_shows_what_is_shared_with_bob(browsers: Browsers, stack: LocalStack) -> None:
    folder = stack.home("alice") / "from-the-hub"
    write(folder, {"README.md": b"# One\n"})
    ran(stack, "alice", "share", folder, "--with", "bob:reader")
    ran(stack, "alice", "describe", "alice/from-the-hub", "<b>bold</b> & more")
    ran(stack, "alice", "team", "create", "hubbers")
    ran(stack, "alice", "team", "add", "hubbers", "bob")
    bob = browsers("bob")
    bob.page.goto(f"{stack.url}/hub/home")
    place = bob.page.get_by_role("region", name="Shared folders")
    expect(place.get_by_role("heading", name="Needs attention")).to_be_visible()
    expect(place.get_by_text("to answer")).to_be_visible()
    expect(place.locator("li", has_text="alice/from-the-hub")).to_have_text("alice/from-the-hub – <b>bold</b> & more")
    bob.picture("hub-home")
    assert violations(bob.page, "#hubshare") == []
    bob.page.set_viewport_size({"width": 390, "height": 800})
    bob.picture("hub-home-narrow")
    assert not [one for one in sticking_out(bob.page) if "hubshare" in one]
    place.get_by_role("link", name="alice/from-the-hub").click()
    expect(bob.page.get_by_role("heading", name="alice / from-the-hub")).to_be_visible()


def test_the_hubs_own_home_works_before_a_sign_in_at_hubshare_and_while_that_is_away(
    browsers: Browsers, stack: LocalStack
) -> None:
    bob = browsers.anew("bob")
    # As in a browser that has been at the Hub alone.
    bob.context.clear_cookies(name="hubshare-session")
    with bob.page.expect_response("**/hub-home") as answered:
        bob.page.goto(f"{stack.url}/hub/home")
    assert answered.value.status == 401
    place = bob.page.get_by_role("region", name="Shared folders")
    expect(place.get_by_role("listitem")).to_have_count(0)
    place.get_by_role("link", name="See what is shared with you").click()
    expect(bob.page.locator("#signed-in-user")).to_have_text("bob")

    # A service that never answers holds up nothing.
    held: list[Route] = []
    bob.page.route("**/services/hubshare/hub-home", lambda route: held.append(route))
    bob.page.goto(f"{stack.url}/hub/home")
    expect(bob.page.get_by_role("button", name="My Server", exact=True)).to_be_visible()
    expect(place.get_by_role("link", name="See what is shared with you")).to_be_visible()
    expect(place.get_by_role("listitem")).to_have_count(0)
    assert len(held) == 1
    held[0].fulfill(status=404)
