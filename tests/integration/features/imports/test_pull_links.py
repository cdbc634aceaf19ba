"""Links for nbgitpuller, at a server that has HubShare in its place."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from hubshare.testing.centre import TestCentre
from tests.helpers.centre_fixture import Home, content, write
from tests.helpers.internet import Internet
from tests.helpers.jupyter_server import JupyterServer


@pytest.fixture(scope="module")
def internet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Internet]:
    with Internet.running(tmp_path_factory.mktemp("internet")) as made:
        yield made


@pytest.fixture(scope="module")
def browser(centre: TestCentre, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    home = Home(tmp_path_factory.mktemp("p") / "polly", "polly", centre.url)
    with (
        JupyterServer(home, None) as server,
        httpx.Client(base_url=server.url, headers=server.headers, timeout=60) as made,
    ):
        made.home = home  # type: ignore[attr-defined]
        yield made


def pressed(browser: httpx.Client, path: str, query: dict[str, str]) -> str:
    """Where a link leads when its question is answered with yes."""
    asked = browser.get(path, params=query)
    assert asked.status_code == 200 and "Check this out?" in asked.text
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', asked.text))
    return browser.post(path, params=query, data=fields).headers["location"]


def test_a_link_gets_the_repository_and_later_what_is_new_and_keeps_what_was_changed(
    browser: httpx.Client, internet: Internet
) -> None:
    home: Home = browser.home  # type: ignore[attr-defined]
    author = internet.repository("lesson")
    author.commit({"one.ipynb": "{}", "notes/a.txt": "1\n", "b.txt": "1\n"})
    query = {"repo": author.url, "targetpath": "lesson", "urlpath": "tree/lesson/one.ipynb"}
    assert not (home.home / "lesson").exists()
    assert pressed(browser, "git-pull", query) == "/tree/lesson/one.ipynb"
    held = content(home.home / "lesson")
    assert held == {"one.ipynb": b"{}", "notes/a.txt": b"1\n", "b.txt": b"1\n"}
    write(home.home / "lesson", {"b.txt": "mine\n", "own.txt": "mine\n"})
    author.commit({"one.ipynb": "{}", "notes/a.txt": "2\n", "b.txt": "theirs\n", "c.txt": "new\n"})
    # What is here is brought up to date without a question, and nothing is lost, renamed or moved aside.
    assert browser.get("git-pull", params=query).headers["location"] == "/tree/lesson/one.ipynb"
    assert content(home.home / "lesson") == {
        "one.ipynb": b"{}",
        "notes/a.txt": b"2\n",
        "b.txt": b"mine\n",
        "own.txt": b"mine\n",
        "c.txt": b"new\n",
    }
    waiting = home.ask("conflicts", folder=str(home.home / "lesson"))
    assert [one["path"] for one in waiting["conflicts"]] == ["b.txt"]
    assert {one.name for one in home.home.iterdir() if not one.name.startswith(".")} == {"lesson", "jupyter.log"}
    # The same branch by its name is the same; another one is not.
    assert browser.get("git-pull", params=query | {"branch": "main"}).headers["location"] == "/tree/lesson/one.ipynb"
    author.commit({"b.txt": "other\n"}, branch="other")
    refused = browser.get("git-pull", params=query | {"branch": "other"})
    assert refused.status_code == 409 and "another branch" in refused.text, refused.text
    assert content(home.home / "lesson")["c.txt"] == b"new\n"


def test_a_link_names_its_folder_and_the_oldest_addresses_work(browser: httpx.Client, internet: Internet) -> None:
    home: Home = browser.home  # type: ignore[attr-defined]
    internet.repository("old").commit({"sub/x.txt": "1\n"})
    query = {"repo": f"{internet.url}/old.git", "targetpath": "courses/old", "subPath": "sub/x.txt", "app": "lab"}
    assert pressed(browser, "git-sync", query).endswith("lab/tree/courses/old/sub/x.txt")
    assert content(home.home / "courses/old") == {"sub/x.txt": b"1\n"}


@pytest.mark.parametrize(
    "query",
    [
        {"repo": "file:///etc"},
        {"repo": "https://example.org/x.git", "targetpath": "../outside"},
        {"repo": "ext::sh -c id"},
        {},
    ],
)
def test_what_cannot_be_followed_is_said(browser: httpx.Client, query: dict[str, str]) -> None:
    answer = browser.get("git-pull", params=query)
    assert answer.status_code in (400, 404, 422) and "That did not work" in answer.text
