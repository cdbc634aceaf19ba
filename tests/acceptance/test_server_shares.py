"""Somebody asks for access to somebody else's running server, gets it from the owner's own browser, uses it, and loses it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from demo.stack import LocalStack
from hubshare.testing.centre import wait_until
from tests.helpers.hub_login import sign_in
from tests.helpers.page_visitors import needs_assets

pytestmark = needs_assets

PAGES = "/services/hubshare/"


@pytest.fixture
def people(servers: LocalStack) -> Iterator[dict[str, httpx.Client]]:
    """Browsers of alice and bob, who have signed in."""
    with ExitStack() as stack:
        made = {}
        for user in ("alice", "bob"):
            browser = httpx.Client(
                base_url=servers.url, follow_redirects=True, headers={"Accept": "text/html"}, timeout=60
            )
            made[user] = stack.enter_context(browser)
            assert sign_in(browser, servers, user, PAGES).status_code == 200
        yield made


def post(browser: httpx.Client, path: str, **fields: str) -> httpx.Response:
    csrf = re.search(r'name="csrf" value="(\w+)"', browser.get(PAGES).text)
    assert csrf
    return browser.post(f"{PAGES}{path}", data={"csrf": csrf[1]} | fields)


def test_bob_asks_alice_lets_him_in_and_ends_it(servers: LocalStack, people: dict[str, httpx.Client]) -> None:
    alice, bob = people["alice"], people["bob"]
    folder = servers.home("alice") / "together"
    folder.mkdir()
    (folder / "one.txt").write_text("one")
    done = servers.run("alice", "share", folder, "--with", "bob:reader")
    assert done.returncode == 0, done.stderr
    api = "/user/alice/api/contents/together/one.txt?content=1"
    headers = {"Authorization": f"token {servers.token('bob')}"}

    def opened() -> httpx.Response:
        return httpx.get(f"{servers.url}{api}", headers=headers)

    assert opened().status_code == 403

    page = post(bob, "projects/alice/together/server-request")
    assert "alice has not answered yet" in page.text
    found = re.search(r"servers/requests/(\w+)", alice.get(PAGES).text)
    assert found
    request = found[1]
    # What runs in alice's server has alice's token, and is not alice.
    token = servers.server_env("alice")["JUPYTERHUB_API_TOKEN"]
    answer = httpx.post(
        f"{servers.service_url}servers/requests/{request}",
        headers={"Authorization": f"token {token}"},
        data={"answer": "yes", "days": "1"},
    )
    assert answer.status_code == 403 and opened().status_code == 403
    made = httpx.post(
        f"{servers.url}/hub/api/shares/alice/", headers={"Authorization": f"token {token}"}, json={"user": "bob"}
    )
    assert made.status_code == 403, "nor by the Hub's own API"

    assert "in your name" in alice.get(f"{PAGES}servers/requests/{request}").text
    listed = post(alice, f"servers/requests/{request}", answer="yes", server="", days="1")
    assert listed.url.path == f"{PAGES}servers" and "<strong>bob</strong> may use your server" in listed.text
    wait_until(lambda: opened().status_code == 200, "bob is let in", 20)
    assert opened().json()["content"] == "one"
    page = bob.get(f"{PAGES}projects/alice/together")
    link = re.search(r'href="([^"]+)">Open alice’s server', page.text)
    assert link, "his way there"
    # The Hub asks him first whether he trusts her server, and leads him there.
    asked = bob.get(link[1])
    assert asked.url.path == "/hub/api/oauth2/authorize" and "alice" in asked.text
    fields = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', asked.text.replace("\n", " ")))
    lab = bob.post(str(asked.url), data=fields, headers={"Referer": str(asked.url)})
    assert (lab.status_code, lab.url.path) == (200, "/user/alice/lab"), lab.text[:300]
    shared = bob.get(f"{PAGES}servers").text
    assert "alice/together" in shared and f"~/{folder.name}" in shared

    post(alice, "servers/end", owner="alice", user="bob", server="")
    wait_until(lambda: opened().status_code == 403, "the server has noticed", 30)
    assert "alice has ended it." in bob.get(f"{PAGES}servers").text


def test_who_loses_the_project_loses_the_server(servers: LocalStack, people: dict[str, httpx.Client]) -> None:
    folder = servers.home("alice") / "for-a-while"
    folder.mkdir()
    (folder / "one.txt").write_text("one")
    assert servers.run("alice", "share", folder, "--with", "bob:reader").returncode == 0
    post(people["bob"], "projects/alice/for-a-while/server-request")
    found = re.search(r"servers/requests/(\w+)", people["alice"].get(PAGES).text)
    assert found
    post(people["alice"], f"servers/requests/{found[1]}", answer="yes", server="", days="30")
    assert servers.api("GET", "users/bob/shared")["items"]
    assert servers.run("alice", "revoke", "alice/for-a-while", "bob").returncode == 0
    wait_until(lambda: not servers.api("GET", "users/bob/shared")["items"], "the share is gone at the Hub", 30)
    assert "bob has no access any more to the project" in people["alice"].get(f"{PAGES}servers").text
