"""Bob asks for access to Alice's running server, she reads what it means and lets him in, he opens it, and she ends it.

He can read her files for just as long, and nothing that runs in her server can let him in.
"""

from __future__ import annotations

import re

import httpx
from playwright.sync_api import expect

from demo.stack import LocalStack
from hubshare.testing.centre import wait_until
from tests.helpers.accessibility import check_looks
from tests.helpers.browsers import Browsers
from tests.helpers.lab import Lab
from tests.helpers.sample import ran, write


def test_a_server_is_asked_for_given_used_and_taken_back(browsers: Browsers, stack: LocalStack) -> None:
    folder = stack.home("alice") / "side-by-side"
    write(folder, {"README.md": b"# Together\n"})
    ran(stack, "alice", "share", folder, "--with", "bob:reader")
    bob, alice = browsers("bob"), browsers("alice")
    token = {"Authorization": f"token {stack.token('bob')}"}

    def read() -> httpx.Response:
        return httpx.get(f"{stack.url}/user/alice/api/contents/side-by-side/README.md?content=1", headers=token)

    assert read().status_code == 403

    bob.go("projects/alice/side-by-side")
    box = bob.page.get_by_role("region", name="alice’s server")
    check_looks(bob, "server-ask")
    box.get_by_role("button", name="Request access to alice’s server").click()
    expect(box.get_by_text("alice has not answered yet")).to_be_visible()

    alice.page.goto(f"{stack.url}/hub/home")
    expect(
        alice.page.get_by_role("region", name="Shared folders").get_by_text("1 request for your server")
    ).to_be_visible()
    hers = Lab(alice).open().show_panel()
    expect(hers.get_by_text("bob requests access to your server for alice/side-by-side")).to_be_visible()
    alice.picture("server-asked-in-lab")
    with alice.context.expect_page() as page:
        hers.get_by_role("button", name="Review…").click()
    expect(page.value.get_by_role("region", name="Waiting for your answer")).to_be_visible()
    page.value.close()
    alice.go()
    alice.page.get_by_role("link", name=re.compile("^Review.*bob$")).click()
    expect(alice.page.get_by_role("alert").get_by_text("in your name")).to_be_visible()
    check_looks(alice, "server-consent")
    refused_to_her_server(stack, alice.page.url)
    assert read().status_code == 403
    alice.page.get_by_label("For how long").select_option("7 days")
    alice.page.get_by_role("button", name="Let bob use my server").click()
    mine = alice.page.get_by_role("region", name="People with access to your server")
    expect(mine.get_by_text("bob may use your server")).to_be_visible()
    check_looks(alice, "servers-owner")

    wait_until(lambda: read().status_code == 200, "bob is let in")
    assert read().json()["content"] == "# Together\n"

    bob.go("servers")
    shared = bob.page.get_by_role("region", name="Shared with you")
    expect(shared.get_by_role("link", name="alice/side-by-side")).to_be_visible()
    expect(shared.get_by_text(f"~/{folder.name}", exact=True)).to_be_visible()
    check_looks(bob, "servers-visitor")
    shared.get_by_role("link", name="Open alice’s server").click()
    # The Hub asks him whether he trusts her server.
    bob.page.get_by_role("button", name="Authorize").click()
    bob.page.wait_for_url("**/user/alice/lab**")
    panel = Lab(bob).show_panel()
    expect(panel.get_by_text("This server is alice’s.")).to_be_visible()
    expect(panel.get_by_text("Your own projects are not shown on somebody else’s server.")).to_be_visible()
    bob.picture("server-visited")
    with bob.context.expect_page() as opened:
        panel.get_by_role("button", name="Its projects on HubShare’s pages").click()
    expect(opened.value.get_by_role("link", name="alice/side-by-side")).to_be_visible()
    opened.value.close()

    mine.get_by_role("button", name="End access of bob").click()
    expect(mine.get_by_text("Only you have access.")).to_be_visible()
    bob.go("servers")
    expect(shared.get_by_text("No servers are shared with you.")).to_be_visible()
    expect(bob.page.get_by_text("alice has ended it.")).to_be_visible()
    wait_until(lambda: read().status_code == 403, "the server has noticed")


def refused_to_her_server(stack: LocalStack, request: str) -> None:
    """What runs in Alice's server has a token of hers, and is not Alice: it answers no request and shares nothing."""
    token = {"Authorization": f"token {stack.server_env('alice')['JUPYTERHUB_API_TOKEN']}"}
    assert httpx.post(request, headers=token, data={"answer": "yes", "days": "1"}).status_code == 403
    shares = f"{stack.url}/hub/api/shares/alice/"
    assert httpx.post(shares, headers=token, json={"user": "bob"}).status_code == 403
