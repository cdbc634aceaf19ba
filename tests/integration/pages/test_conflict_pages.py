"""Conflicts on pages: two people with agents, one of them decides in the browser."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from pathlib import Path

import httpx

from hubshare.testing.centre import TestCentre, wait_until
from tests.helpers.centre_fixture import Home, published, repository_of, sound, write
from tests.helpers.page_visitors import Browser, doors, needs_assets, send, until, words

pytestmark = needs_assets

Conflicted = tuple[str, Path]


def conflicted(
    centre: TestCentre,
    alice: Home,
    bob: Home,
    name: str,
    first: dict[str, str],
    hers: dict[str, str],
    his: dict[str, str],
    role: str = "writer",
) -> Conflicted:
    """A project of alice with conflicts that bob has pushed; its name and bob's folder."""
    full = f"alice/{name}"
    folder, _ = alice.share(name, dict(first))
    give(centre, full, role)
    mine = bob.checkout(full, name)
    write(folder, dict(hers))
    alice.ask("push", folder=str(folder))
    write(mine, dict(his))
    done = bob.run("push", cwd=mine)
    assert "conflict" in done.stdout + done.stderr, done
    return full, mine


def give(centre: TestCentre, full: str, role: str) -> None:
    """Give bob a role."""
    headers = {"Authorization": "token alice"}
    path = f"{centre.url}api/v1/projects/{full}/grants/bob"
    httpx.put(path, headers=headers, json={"role": role}).raise_for_status()


def address(browser: Browser, path: str) -> str:
    """The page of the conflict about a path."""
    found = re.search(
        rf'<a href="/services/hubshare/(conflicts/\w+)">{re.escape(html.escape(path))}</a>',
        browser.get("conflicts").text,
    )
    assert found, browser.get("conflicts").text
    return found[1]


def cells(*sources: str) -> str:
    made = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "metadata": {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for number, source in enumerate(sources)
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made})


def holds(folder: Path, path: str, text: str) -> Callable[[], bool]:
    return lambda: (folder / path).exists() and (folder / path).read_text() == text


def test_both_sides_are_shown_and_mine_is_published(centre: TestCentre, alice: Home, bob: Home) -> None:
    full, _ = conflicted(
        centre, alice, bob, "c-ours", {"a <b>.txt": "one\n"}, {"a <b>.txt": "one\nhers\n"}, {"a <b>.txt": "one\nhis\n"}
    )
    browser = Browser(centre, "bob")
    assert "1 open conflict" in words(browser.get(""))
    assert f"{full} 1 open conflict" in words(browser.get("conflicts"))
    assert "1 open conflict" in words(browser.get(f"projects/{full}"))
    assert "1 open conflict" not in words(Browser(centre, "alice").get(f"projects/{full}"))
    page = address(browser, "a <b>.txt")
    said = until(browser, page, "hers")
    until(browser, page, "his")
    assert "Edited on both sides" in said and "alice, " in said and "as version 3" in said
    assert Browser(centre, "alice").get(page).status_code == 404, "it is bob's alone"
    download = browser.get(f"{page}/ours")
    assert download.text == "one\nhis\n" and download.headers["content-disposition"].startswith("attachment")
    answer = send(browser, page, "/ours")
    said = words(answer)
    assert "Your version is published" in said and "Published in version 3" in said and "Theirs is in version 2" in said
    assert published(centre, full)["a <b>.txt"] == b"one\nhis\n"
    # Other tests have left him others.
    assert full not in words(browser.get("conflicts"))
    assert "No open conflicts" in words(Browser(centre, "nobody-in-conflict").get("conflicts"))
    assert ("project.push", "page") in doors(centre, user="bob")
    restored = send(browser, f"projects/{full}/versions/2", "/versions/2/restore", {"path": "a <b>.txt"})
    assert restored.status_code == 200 and published(centre, full)["a <b>.txt"] == b"one\nhers\n"


def test_theirs_waits_for_the_server_and_mine_can_be_restored(centre: TestCentre, alice: Home, bob: Home) -> None:
    full, mine = conflicted(centre, alice, bob, "c-theirs", {"a": "one"}, {"a": "hers"}, {"a": "his"})
    browser = Browser(centre, "bob")
    said = words(send(browser, address(browser, "a"), "/theirs"))
    assert "Theirs is picked" in said and 'hubshare restore "a"' in said
    wait_until(holds(mine, "a", "hers"), "the agent takes theirs")
    wait_until(lambda: full not in words(browser.get("conflicts")), "the centre hears of it")
    assert bob.run("restore", "a", cwd=mine).returncode == 0 and (mine / "a").read_text() == "his"
    assert ("project.check-out", "page") in doors(centre, user="bob")


def test_many_are_picked_at_once_after_a_count(centre: TestCentre, alice: Home, bob: Home) -> None:
    names = [f"{number}.txt" for number in range(4)]
    full, mine = conflicted(
        centre,
        alice,
        bob,
        "c-many",
        dict.fromkeys(names, "one"),
        dict.fromkeys(names, "hers"),
        dict.fromkeys(names, "his"),
    )
    browser = Browser(centre, "bob")
    ids = {name: address(browser, name).rpartition("/")[2] for name in names}
    chosen = f"conflicts/pick?side=ours&conflict={ids[names[0]]}&conflict={ids[names[1]]}"
    page = browser.get(chosen)
    assert "Pick your version of 2 files?" in words(page) and published(centre, full)["0.txt"] == b"hers"
    picked = re.findall(r'name="picked" value="([^"]+)"', page.text)
    answer = browser.client.post("conflicts/ours", data={"csrf": browser.csrf, "picked": picked})
    assert words(answer).count("Published in version 3") == 2, "they are one version"
    assert {name: text for name, text in published(centre, full).items()} == {
        "0.txt": b"his",
        "1.txt": b"his",
        "2.txt": b"hers",
        "3.txt": b"hers",
    }
    page = browser.get(f"conflicts/pick?side=theirs&project={full}")
    assert "Pick the published version of 2 files?" in words(page)
    picked = re.findall(r'name="picked" value="([^"]+)"', page.text)
    browser.client.post("conflicts/theirs", data={"csrf": browser.csrf, "picked": picked})
    wait_until(lambda: holds(mine, "2.txt", "hers")() and holds(mine, "3.txt", "hers")(), "theirs are in place")
    wait_until(lambda: full not in words(browser.get("conflicts")), "all are settled")
    sound(repository_of(centre, full))


def test_a_pick_of_what_has_changed_since_is_refused(centre: TestCentre, alice: Home, bob: Home) -> None:
    full, _ = conflicted(centre, alice, bob, "c-moved", {"a": "one"}, {"a": "hers"}, {"a": "his"})
    browser = Browser(centre, "bob")
    page = address(browser, "a")
    picked = re.search(r'name="picked" value="([^"]+)"', browser.get(page).text)
    assert picked
    write(alice.home / "c-moved", {"a": "hers again"})
    alice.ask("push", folder=str(alice.home / "c-moved"))
    for side in ("ours", "theirs"):
        answer = browser.post(f"conflicts/{side}", {"picked": picked[1]})
        assert answer.status_code == 409 and "has changed since you looked" in html.unescape(answer.text)
        assert browser.client.post(f"conflicts/{side}", data={"picked": picked[1]}).status_code == 403
        assert browser.post(f"conflicts/{side}", {"picked": "nonsense"}).status_code in (404, 422)
        assert browser.post(f"conflicts/{side}", {"picked": picked[1][:33] + "x:y"}).status_code in (404, 422)
    assert published(centre, full)["a"] == b"hers again"


def test_a_reader_takes_theirs_or_is_told_how_to_keep_mine(centre: TestCentre, alice: Home, bob: Home) -> None:
    full, mine = conflicted(centre, alice, bob, "c-reader", {"r.txt": "one"}, {"r.txt": "hers"}, {"r.txt": "his"})
    give(centre, full, "reader")
    browser = Browser(centre, "bob")
    page = address(browser, "r.txt")
    said = words(browser.get(page))
    assert "You cannot publish here" in said and 'hubshare resolve "r.txt" --ours' in said
    ours = browser.get(f"conflicts/pick?side=ours&project={full}")
    assert "Nothing selected" in words(ours) and "Left out" in words(ours)
    picked = re.search(r'name="picked" value="([^"]+)"', browser.get(page).text)
    assert picked and browser.post("conflicts/ours", {"picked": picked[1]}).status_code == 403
    send(browser, page, "/theirs")
    wait_until(holds(mine, "r.txt", "hers"), "the agent takes theirs")


def test_notebooks_are_settled_by_cell(centre: TestCentre, alice: Home, bob: Home) -> None:
    full, mine = conflicted(
        centre,
        alice,
        bob,
        "c-cells",
        {"n.ipynb": cells("1", "2", "3")},
        {"n.ipynb": cells("hers 1", "hers 2", "3")},
        {"n.ipynb": cells("his 1", "his 2", "3", "</pre><script>his 4")},
    )
    browser = Browser(centre, "bob")
    page = address(browser, "n.ipynb")
    until(browser, page, "hers")
    wait_until(lambda: "hs-difference" in browser.get(page).text, "the difference is there")
    by_cell = f"{page}/cells"
    assert by_cell in browser.get(page).text
    said = until(browser, by_cell, "What differs, from theirs to mine")
    assert "his 1" in said and "hers 2" in said and "Cell 3 is the same" in said and "only in mine" in said
    assert "<script>his" not in browser.get(by_cell).text
    picks = {"cell-0": "ours", "cell-1": "theirs", "cell-3": "ours"}
    answer = send(browser, by_cell, "/cells", do="publish", **{"cell-0": "ours"})
    assert (
        answer.status_code == 422 and "Pick a side for each cell" in answer.text and answer.text.count(" checked") == 1
    )
    answer = send(browser, by_cell, "/cells", do="show", **picks)
    assert "Resulting notebook: 4 cells his 1 hers 2 3" in words(answer)
    assert b"his" not in published(centre, full)["n.ipynb"]
    said = words(send(browser, by_cell, "/cells", do="publish", **picks))
    assert (
        "Published in version 3" in said and "Theirs is in version 2" in said and 'hubshare restore "n.ipynb"' in said
    )
    held = json.loads(published(centre, full)["n.ipynb"])
    assert [cell["source"] for cell in held["cells"]] == ["his 1", "hers 2", "3", "</pre><script>his 4"]
    wait_until(lambda: (mine / "n.ipynb").read_bytes() == published(centre, full)["n.ipynb"], "the agent takes it")
    wait_until(lambda: full not in words(browser.get("conflicts")), "the centre hears of it")
    assert bob.run("restore", "n.ipynb", cwd=mine).returncode == 0 and "his 2" in (mine / "n.ipynb").read_text()
    sound(repository_of(centre, full))
