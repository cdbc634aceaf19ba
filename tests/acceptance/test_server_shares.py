"""Somebody who was let into somebody else's server loses the project, and with it the server.

How it is asked for, given, used and taken back is in `tests/browser/test_server_shares.py`.
"""

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
