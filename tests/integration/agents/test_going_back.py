"""The way back: a folder or a whole project as it was, from the command line, after a deletion was published."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hubshare.client import Client
from hubshare.testing.centre import TestCentre, wait_until
from tests.helpers.centre_fixture import Home, content, published
from tests.helpers.command_line import gives, says

FILES = {f"data/{number}.txt": f"data {number}" for number in range(12)} | {"top.txt": "top", "run.sh": "#!/bin/sh\n"}


def deleted(alice: Home, name: str, **args: object) -> Path:
    """A project of alice's whose files are gone, but for a new one; all of it is published."""
    made, _ = alice.share(name, dict(FILES), **args)
    for path in FILES:
        (made / path).unlink()
    (made / "data").rmdir()
    (made / "new.txt").write_text("new")
    assert "14 files" in alice.fault("push", str(made))
    assert alice.run("push", str(made), "--confirm").returncode == 0
    return made


def bytes_of(files: dict[str, str]) -> dict[str, bytes]:
    return {path: text.encode() for path, text in files.items()}


def test_a_folder_comes_back_after_its_deletion_was_published(alice: Home, centre: TestCentre) -> None:
    made = deleted(alice, "back-folder")
    said = says(alice, "restore", "data", "--version", "1", cwd=made)
    assert "Restored 12 files in data from version 1; files that it does not have stay." in said
    assert content(made) == bytes_of({path: text for path, text in FILES.items() if path.startswith("data/")}) | {
        "new.txt": b"new"
    }
    assert gives(alice, "push", cwd=made)["pushed"] == 12
    assert len(published(centre, "alice/back-folder")) == 13


@pytest.mark.parametrize("auto", [False, True], ids=["by hand", "auto"])
def test_a_whole_project_comes_back_in_one_version(alice: Home, centre: TestCentre, auto: bool) -> None:
    made = deleted(alice, f"back-all-{int(auto)}")
    before = gives(alice, "log", cwd=made)["versions"][0]["number"]
    if auto:
        alice.ask("auto", folder=str(made), on=True)
    assert "Restored 14 files from version 1" in says(alice, "restore", ".", "--version", "v1", cwd=made)
    if auto:
        wait_until(lambda: len(published(centre, f"alice/back-all-{int(auto)}")) == 15, "auto publishes it")
        alice.ask("auto", folder=str(made), on=False)
    else:
        says(alice, "push", cwd=made)
    assert published(centre, f"alice/back-all-{int(auto)}") == bytes_of(FILES) | {"new.txt": b"new"}
    assert gives(alice, "log", cwd=made)["versions"][0]["number"] == before + 1, "as one version"
    entries = gives(alice, "audit", cwd=made)["entries"]
    assert [one["details"].get("version") for one in entries].count(before + 1) == 1, "and one entry"


def test_what_is_edited_here_is_kept_before_it_is_replaced(alice: Home) -> None:
    made, _ = alice.share("back-edits", {"data/a.txt": "first", "data/b.txt": "first"})
    (made / "data/a.txt").write_text("never published")
    (made / "data/b.txt").write_text("second")
    assert "Restored 2 files in data" in says(alice, "restore", "data", "--version", "1", cwd=made)
    assert content(made) == {"data/a.txt": b"first", "data/b.txt": b"first"}
    says(alice, "restore", "data/a.txt", cwd=made)
    assert (made / "data/a.txt").read_text() == "never published"


def test_a_reader_brings_files_back_for_themselves(alice: Home, bob: Home) -> None:
    alice.share("back-reader", dict(FILES), **{"with": ["bob:reader"]})
    here = bob.checkout("alice/back-reader", "back-reader")
    shutil.rmtree(here / "data")
    (here / "top.txt").write_text("mine")
    assert "Restored 13 files" in says(bob, "restore", ".", "--version", "1", cwd=here)
    assert content(here) == bytes_of(FILES)


def test_what_cannot_be_put_back_is_named_and_the_rest_comes_back(alice: Home) -> None:
    made = deleted(alice, "back-named")
    (made / "data").write_text("a file where the folder was")
    said = says(alice, "restore", ".", "--version", "1", cwd=made)
    assert "Restored 2 files from version 1" in said and "Left as they are:" in said and "data/0.txt: " in said
    assert (made / "data").read_text() == "a file where the folder was"


def test_what_is_in_the_way_of_a_file_or_folder_is_named(alice: Home) -> None:
    made, _ = alice.share("back-way", {"data/a.txt": "first", "b": "first"})
    shutil.rmtree(made / "data")
    (made / "data").write_text("a file now")
    (made / "b").unlink()
    (made / "b").mkdir()
    (made / "b/new.txt").write_text("new")
    way = "cannot be brought back: 'data' is not a folder now. Move it away, then run the command again."
    assert way in alice.fault("restore", "data/a.txt", "--version", "1", cwd=made)
    assert way in says(alice, "restore", "data", "--version", "1", cwd=made)
    assert "'b' is a folder now" in says(alice, "restore", ".", "--version", "1", cwd=made)
    assert content(made) == {"data": b"a file now", "b/new.txt": b"new"}


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((".", "--version", "99"), "'99' is no version of alice/back-odd: use a number from `hubshare log`"),
        ((".", "--version", "soon"), "'soon' is no version of alice/back-odd"),
        (("nothing", "--version", "1"), "'nothing'"),
        (("nothing",), "no other version of 'nothing' to restore"),
    ],
)
def test_a_version_or_a_folder_that_is_not_there_says_so(alice: Home, args: tuple[str, ...], words: str) -> None:
    made = alice.home / "back-odd"
    if not made.exists():
        alice.share("back-odd", {"a.txt": "a"})
    assert words in alice.fault("restore", *args, cwd=made)


def test_where_nothing_is_missing_the_way_to_an_earlier_version_is_named(alice: Home) -> None:
    made, _ = alice.share("back-none", {"a.txt": "a"})
    said = says(alice, "restore", ".", cwd=made)
    assert "Nothing that is published is missing here" in said and " 0 " not in said
    assert "`hubshare log`" in said and "--version" in said


def test_the_api_brings_a_folder_back_in_one_version(alice: Home, centre: TestCentre) -> None:
    deleted(alice, "back-page")
    with Client(alice.environment["HUBSHARE_URL"], "alice") as client:
        newest = client.project("alice/back-page").version
        made = client.restore_version("alice/back-page", "1", "data")
    assert made.version == newest + 1
    assert len(published(centre, "alice/back-page")) == 13
