"""People with browsers and a project to look at: for the tests of the pages, without scripts."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from sqlalchemy import select

from hubshare.service.pages.assets import BUILT
from hubshare.store.models import AuditEntry
from hubshare.testing.centre import PREFIX, TestCentre, wait_until
from hubshare.wire.agent import Push
from tests.helpers.forge import Content, packed, snapshot
from tests.helpers.pushing import apply_push

#: A mark for tests of pages. Where changes are checked the assets have to be there: then the tests fail.
needs_assets = pytest.mark.skipif(
    not (BUILT / "manifest.json").exists() and "CI" not in os.environ, reason="the assets are not built: make assets"
)

_OPEN: list[httpx.Client] = []


@pytest.fixture(scope="module", autouse=True)
def closing() -> Iterator[None]:
    """Close all browsers in the end."""
    yield
    while _OPEN:
        _OPEN.pop().close()


class Browser:
    """A browser of somebody; "" is not signed in. Follows no redirects."""

    def __init__(self, centre: TestCentre, user: str = "") -> None:
        self.client = httpx.Client(base_url=centre.url, timeout=30, headers={"Accept": "text/html"})
        _OPEN.append(self.client)
        if user:
            self.sign_in(user)

    def sign_in(self, user: str, want: str = PREFIX) -> httpx.Response:
        """To the Hub and back."""
        sent = self.get(f"login?next={quote(want, safe='')}")
        state = parse_qs(urlsplit(sent.headers["location"]).query)["state"][0]
        return self.get(f"oauth_callback?state={state}&code={user}")

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.client.get(path, **more)

    def post(self, path: str, data: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        """Send a form, with the token that pages give it."""
        return self.client.post(path, data={"csrf": self.csrf} | (data or {}), **more)

    @property
    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', self.get("").text)
        assert found, "the page has no form"
        return found[1]


class Shared:
    """A project of somebody that can be pushed to."""

    def __init__(self, centre: TestCentre, owner: str, name: str, **wanted: Any) -> None:
        self.centre, self.owner, self.full = centre, owner, f"{owner}/{name}"
        made = self.api("POST", "projects", json={"name": name, **wanted}).json()
        self.id, self.commit = made["id"], made["commit"]
        self.checkout = self.api("POST", "checkouts", json={"project": self.full, "folder": "/home/x"}).json()["id"]

    def api(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"token {self.owner}"}
        return httpx.request(method, f"{self.centre.url}api/v1/{path}", headers=headers, **more)

    def push(self, files: dict[str | bytes, Content], message: str = "Edit") -> None:
        objects = snapshot(self.commit, files, self.owner, f"{message}\n")
        repository = self.centre.centre.repositories.open(self.id)
        known = {item.id for item in objects if item.id in repository}
        event = Push(project=self.id, checkout=self.checkout, commit=objects[-1].id, confirmed=True)
        outcome = apply_push(self.centre.centre, self.owner, event, packed(objects, known))
        assert outcome.status == "applied", outcome
        self.commit = str(outcome.commit)
        self.centre.centre.bus.announce(self.id, {"type": "version", "project": self.full})

    @property
    def page(self) -> str:
        return f"projects/{self.full}"


def words(answer: httpx.Response) -> str:
    """What a page says, without its tags."""
    assert answer.status_code == 200, answer.text
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def until(browser: Browser, path: str, text: str) -> str:
    """A page as soon as it says something: what workers render comes a moment later, behind what other tests have left."""
    found: list[str] = []
    wait_until(lambda: text in (found.append(words(browser.get(path))) or found[-1]), f"{path} says {text!r}", 120)
    return found[-1]


def forms(answer: httpx.Response) -> list[tuple[str, dict[str, str]]]:
    """The forms of a page that change something: address below the service, and what their hidden fields hold."""
    found = []
    for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", answer.text, re.DOTALL):
        action = re.search(r'action="([^"#]*)', form)
        assert action
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
        assert hidden.pop("csrf"), form
        found.append(
            (
                html.unescape(action[1]).removeprefix(PREFIX),
                {name: html.unescape(text) for name, text in hidden.items()},
            )
        )
    return found


def send(browser: Browser, page: str, action: str, want: dict[str, str] | None = None, **typed: str) -> httpx.Response:
    """Send the form of a page with this address, and the hidden fields `want`; follow where it leads."""
    for address, hidden in forms(browser.get(page)):
        if address.endswith(action) and (want or {}).items() <= hidden.items():
            return follow(browser, browser.post(address, hidden | typed))
    raise AssertionError(f"{page} has no form {action} {want or ''}")


def follow(browser: Browser, answer: httpx.Response) -> httpx.Response:
    if answer.status_code == 303:
        return browser.get(answer.headers["location"].removeprefix(PREFIX))
    return answer


def doors(centre: TestCentre, **of: Any) -> list[tuple[str, str]]:
    """Action and door of the audit entries of a user."""
    query = select(AuditEntry).filter_by(**of).order_by(AuditEntry.id)
    with centre.centre.database.read() as session:
        return [(row.action, row.door) for row in session.scalars(query)]
