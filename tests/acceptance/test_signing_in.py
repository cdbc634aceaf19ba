"""Somebody signs in to the pages with a browser, at a real Hub, and out again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from demo.stack import LocalStack
from hubshare.testing.centre import wait_until
from tests.helpers.hub_login import sign_in
from tests.helpers.page_visitors import needs_assets

pytestmark = needs_assets


@pytest.fixture
def browser(servers: LocalStack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=servers.url, follow_redirects=True, headers={"Accept": "text/html"}, timeout=60) as made:
        yield made


def test_the_hub_signs_people_in_and_out(servers: LocalStack, browser: httpx.Client) -> None:
    want = "/services/hubshare/search?q=a%20b"
    page = sign_in(browser, servers, "alice", want)
    assert page.status_code == 200 and page.url.raw_path.decode() == want, page.url
    assert 'id="signed-in-user" title="alice"' in page.text
    assert browser.get("/services/hubshare/api/v1/me").json()["scopes"] == [
        f"custom:hubshare:{scope}" for scope in ("admin", "read", "write")
    ]
    policy = page.headers["content-security-policy"]
    assert "script-src 'nonce-" in policy
    assert browser.get("/hub/logo").status_code == 200, "what the bar shows"
    csrf = re.search(r'name="csrf" value="(\w+)"', page.text)
    assert csrf
    out = browser.post("/services/hubshare/logout", data={"csrf": csrf[1]})
    assert out.url.path in ("/hub/login", "/hub/logout")
    assert browser.get(want).url.path == "/hub/login"


def test_who_signs_out_of_the_hub_is_out_here_within_seconds(servers: LocalStack, browser: httpx.Client) -> None:
    sign_in(browser, servers, "bob", "/services/hubshare/")
    cookie = browser.cookies["hubshare-session"]
    browser.get("/hub/logout")

    def out() -> bool:
        answer = httpx.get(f"{servers.service_url}api/v1/me", cookies={"hubshare-session": cookie})
        return answer.status_code == 401

    wait_until(out, "the sign-in has ended with the Hub's", 10)


def test_a_project_is_opened_on_ones_own_server(servers: LocalStack, browser: httpx.Client) -> None:
    folder = servers.home("alice") / "opened"
    folder.mkdir()
    (folder / "one.txt").write_text("one")
    done = servers.run("alice", "share", folder, "--with", "bob:writer")
    assert done.returncode == 0, done.stderr
    page = sign_in(browser, servers, "bob", "/services/hubshare/projects/alice/opened")
    link = re.search(r'id="open-in-lab" href="([^"]+)"', page.text)
    assert link
    # The panel asks, and it is told what.
    asked = browser.get(link[1])
    assert (asked.status_code, asked.url.path) == (200, "/user/bob/lab")
    assert asked.url.params["hubshare"] == "alice/opened"
    asked = browser.get(link[1], params={"project": "alice/opened", "file": "a b/c&d.txt"})
    assert asked.url.params["hubshare"] == "?project=alice%2Fopened&file=a+b%2Fc%26d.txt"
    target = servers.home("bob") / "opened"
    assert not target.exists(), "looking changes nothing"
    xsrf = next(one.value for one in browser.cookies.jar if one.name == "_xsrf" and one.path == "/user/bob/")
    address, fields = "/user/bob/hubshare/open", {"project": "alice/opened", "_xsrf": xsrf}
    forged = browser.post(address, data=fields | {"_xsrf": "x"})
    assert forged.status_code == 403 and not target.exists()
    lab = browser.post(address, data=fields)
    assert lab.status_code == 200 and lab.url.path == "/user/bob/lab/tree/opened", lab.text[:300]
    assert (target / "one.txt").read_text() == "one"
    assert browser.get(link[1]).url.path == "/user/bob/lab/tree/opened"
    # A link to a file opens the file.
    page = browser.get("/services/hubshare/projects/alice/opened/files/latest/one.txt")
    link = re.search(r'id="open-in-lab" href="([^"]+)"', page.text)
    assert link
    assert browser.get(link[1].replace("&amp;", "&")).url.path == "/user/bob/lab/tree/opened/one.txt"
    assert (
        browser.get(address, params={"project": "alice/opened", "file": "no"}).url.path == "/user/bob/lab/tree/opened"
    )
    for bad in ("alice/none", "x", "<script>alert(1)</script>/y"):
        answer = browser.get("/user/bob/hubshare/open", params={"project": bad})
        assert "<script>alert" not in answer.text
