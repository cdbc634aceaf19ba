"""The panel's server behind a real Hub: a browser that has signed in, and somebody in front of another's server."""

from __future__ import annotations

import os
from collections.abc import Iterator

import httpx
import pytest
import websocket

from demo.stack import LocalStack
from tests.helpers.centre_fixture import Refused
from tests.helpers.hub_login import sign_in
from tests.helpers.page_visitors import needs_assets
from tests.helpers.panel import Panel

pytestmark = needs_assets


@pytest.fixture
def browser(servers: LocalStack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=servers.url, follow_redirects=True, headers={"Accept": "text/html"}, timeout=60) as made:
        yield made


def at(servers: LocalStack, owner: str) -> str:
    """The address of somebody's server."""
    return f"{servers.url.rstrip('/')}/user/{owner}/"


def test_a_browser_that_has_signed_in_calls_and_hears_and_no_other_site_calls_for_it(
    servers: LocalStack, browser: httpx.Client
) -> None:
    sign_in(browser, servers, "alice", "/user/alice/lab")
    ping = "/user/alice/hubshare/command/ping"
    assert browser.post(ping, json={}).status_code == 403, "a cookie alone is no reason"
    # The one of the server, not that of the Hub.
    xsrf = next(one.value for one in browser.cookies.jar if one.name == "_xsrf" and one.path == "/user/alice/")
    answer = browser.post(ping, json={}, headers={"X-XSRFToken": str(xsrf)})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    assert '"user": "alice"' in answer.text.splitlines()[-1]
    cookies = "; ".join(f"{one.name}={one.value}" for one in browser.cookies.jar if one.path in ("/", "/user/alice/"))
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        Panel(at(servers, "alice"), {"Cookie": cookies, "Origin": "https://elsewhere.example"}).follow()
    with Panel(at(servers, "alice"), {"Cookie": cookies}).follow() as events:
        hello = events.until(lambda event: event["user"], "hello")
        assert (hello["user"], hello["person"], hello["needs"]) == ("alice", "alice", "")
        assert hello["root"] == os.path.abspath(servers.home("alice"))
        assert 'id="signed-in-user" title="alice"' in browser.get(hello["pages"]).text
        events.until(lambda event: True)


def test_who_is_in_front_of_somebody_elses_server_acts_in_their_own_name_or_not_at_all(servers: LocalStack) -> None:
    folder = servers.home("alice") / "in-the-room"
    folder.mkdir()
    (folder / "one.txt").write_text("one")
    assert servers.run("alice", "share", folder).returncode == 0
    stranger = Panel(at(servers, "alice"), {"Authorization": f"token {servers.token('bob')}"})
    with pytest.raises(httpx.HTTPError), stranger.begin("ping") as refused:
        refused.raise_for_status()
    servers.api("POST", "/shares/alice/", {"user": "carol", "scopes": ["access:servers!server=alice/"]})
    carol = Panel(at(servers, "alice"), {"Authorization": f"token {servers.token('carol')}"})
    with carol.follow() as events:
        hello = events.until(lambda event: event["user"], "hello")
        assert (hello["user"], hello["person"]) == ("alice", "carol")
    assert carol.call("status", folder="in-the-room")["project"] == "alice/in-the-room"
    (folder / "one.txt").write_text("two")
    with pytest.raises(Refused) as asked:
        carol.call("push", folder="in-the-room")
    assert asked.value.code == "forbidden" and "in the name of 'alice'" in str(asked.value)
    # It is hers alone, and the service is asked in the other one's name.
    assert "alice/in-the-room" not in {one["name"] for one in carol.call("find", query="in-the-room")["projects"]}
    alice = Panel(at(servers, "alice"), {"Authorization": f"token {servers.token('alice')}"})
    assert "alice/in-the-room" in {one["name"] for one in alice.call("find", query="in-the-room")["projects"]}
    assert alice.call("push", folder="in-the-room")["pushed"] == 1
    page = httpx.post(
        f"{at(servers, 'alice')}hubshare/open", data={"project": "alice/in-the-room"}, headers=carol.headers, timeout=30
    )
    assert page.status_code == 403 and "somebody else&#x27;s" in page.text
