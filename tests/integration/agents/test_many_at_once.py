"""Lists that are long come a page at a time, and people and programs are shown all that they ask for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hubshare_agents.cli import sharing, syncing

from hubshare.client import Client
from hubshare.wire.agent import new_id
from tests.helpers.centre_fixture import Home
from tests.helpers.command_line import gives, says


@pytest.fixture
def folder(alice: Home) -> Path:
    """A project of alice's with an edit of each kind in turn."""
    made, _ = alice.share(f"pages-{new_id()[:8]}", {f"{number}.txt": "a" for number in range(6)})
    for number in range(0, 6, 2):
        (made / f"{number}.txt").write_text("edited")
    for number in range(6, 12):
        (made / f"{number}.txt").write_text("new")
    return made


def test_a_dry_run_comes_in_pages(alice: Home, folder: Path) -> None:
    pages, after = [], None
    while not pages or after is not None:
        pages.append(alice.ask("push", folder=str(folder), dry_run=True, limit=4, after=after))
        after = pages[-1].get("next")
    assert [len(page["plan"]) for page in pages] == [4, 4, 1]
    paths = [step["path"] for page in pages for step in page["plan"]]
    assert paths == sorted(f"{number}.txt" for number in (0, 2, 4, *range(6, 12)))
    assert all(page["counts"] == {"add": 6, "edit": 3, "delete": 0, "conflicts": 0, "held": 0} for page in pages)


def test_a_dry_run_says_the_same_in_however_many_pages_it_comes(
    alice: Home, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, told = gives(alice, "push", str(folder), "--dry-run"), says(alice, "push", str(folder), "--dry-run")
    assert "next" not in whole and len(whole["plan"]) == 9
    assert told.startswith(f"alice/{folder.name}: 6 to add, 3 to edit. Nothing was changed.\n")
    monkeypatch.setattr(syncing, "_A_PAGE", 2)
    request = syncing._dry_run_of("push", {"folder": str(folder)}, None)
    answer = alice.ask(request.command, **request.args)
    following = request.page(answer)
    while following is not None:
        page = alice.ask(following.command, **following.args)
        request.join(answer, page)
        following = following.page(page)
    assert answer == whole


def test_projects_are_listed_a_page_at_a_time(
    alice: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made, _ = alice.share("first-of-many", {"a.txt": "a"})
    with Client(alice.environment["HUBSHARE_URL"], "alice") as client:
        for number in range(5):
            client.create_project(f"many-{number}")
    whole = gives(alice, "list")
    assert "next" not in whole
    names = [project["name"] for project in whole["projects"]]
    assert {f"alice/many-{number}" for number in range(5)} <= set(names)
    monkeypatch.setattr(sharing, "_A_PAGE", 2)
    # Folders are written as whoever has this home writes them.
    monkeypatch.setenv("HOME", str(alice.home))
    request, listed, lines, asked = sharing._list(None, None), [], [], 0
    while request is not None:
        answer = alice.ask(request.command, **request.args)
        lines += request.render(answer)
        listed += [project["name"] for project in answer["projects"]]
        request, asked = request.page(answer), asked + 1
    assert listed == names and asked == (len(names) + 1) // 2
    # The checkouts come after the last project.
    assert lines == says(alice, "list").splitlines() and any(f"~/{made.name}" in line for line in lines)
