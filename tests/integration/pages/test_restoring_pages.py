"""The way back on pages: a folder, or the newest version undone; a confirmation is of what the page showed."""

from __future__ import annotations

import re

from hubshare.testing.centre import TestCentre
from tests.helpers.centre_fixture import published
from tests.helpers.page_visitors import Browser, Shared

MANY: dict[str | bytes, bytes | dict[str | bytes, bytes]] = {
    "data": {f"{number}.txt": b"%d" % number for number in range(4)}
}


def test_a_deleted_folder_is_brought_back_by_a_button(centre: TestCentre) -> None:
    ann = Browser(centre, "ann")
    made = Shared(centre, "ann", "back-by-page", grants={"eve": "reader"})
    made.push({**MANY, "a.txt": b"a"})
    made.push({"a.txt": b"newer"})
    page = ann.get(f"{made.page}/files/v1/data/").text
    assert "Restore this folder" in page and 'name="path" value="data"' in page
    assert "Restore this folder" not in Browser(centre, "eve").get(f"{made.page}/files/v1/data/").text
    assert ann.post(f"{made.page}/versions/1/restore", {"path": "data"}).status_code == 303
    found = published(centre, "ann/back-by-page")
    assert len(found) == 5 and found["a.txt"] == b"newer"
    assert "Restore this folder" not in ann.get(f"{made.page}/files/latest/data/").text, "it is as it was"
    assert ann.get(f"{made.page}/versions/3").status_code == 200, "as one version"


def test_the_newest_version_is_taken_back_by_a_button(centre: TestCentre) -> None:
    ann = Browser(centre, "ann")
    made = Shared(centre, "ann", "taken-back")
    made.push({**MANY, "a.txt": b"a"})
    made.push({"a.txt": b"newer"})
    page = ann.get(f"{made.page}/versions/2").text
    assert "Revert this version" in page and f"{made.page}/versions/1/restore" in page
    assert ann.post(f"{made.page}/versions/1/restore").status_code == 303
    assert len(published(centre, "ann/taken-back")) == 5


def test_a_confirmation_on_a_page_is_of_what_it_showed(centre: TestCentre) -> None:
    ann = Browser(centre, "ann")
    made = Shared(centre, "ann", "shown")
    made.push({"a.txt": b"a"})
    made.push({"a.txt": b"a", **{f"{number}.txt": b"x" for number in range(12)}})
    asked = ann.post(f"{made.page}/versions/1/restore")
    assert asked.status_code == 409 and "This deletes 12 files of ann/shown" in asked.text
    form = dict(re.findall(r'name="(path|confirmed|asked)" value="([^"]*)"', asked.text))
    made.push({"a.txt": b"a", "unseen.txt": b"y", **{f"{number}.txt": b"x" for number in range(12)}})
    again = ann.post(f"{made.page}/versions/1/restore", form)
    assert again.status_code == 409 and "This deletes 13 files" in again.text
    assert len(published(centre, "ann/shown")) == 14
    form = dict(re.findall(r'name="(path|confirmed|asked)" value="([^"]*)"', again.text))
    assert ann.post(f"{made.page}/versions/1/restore", form).status_code == 303
    assert published(centre, "ann/shown") == {"a.txt": b"a"}
