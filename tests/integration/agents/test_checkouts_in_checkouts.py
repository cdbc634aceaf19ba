"""A checkout that gets into the folder of another one: nobody else gets to see its files, and nothing is lost."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubshare.testing.centre import TestCentre, wait_until
from tests.helpers.centre_fixture import Home, Homes, published, write
from tests.helpers.command_line import says

_HOW = {True: "by-itself", False: "by-hand"}
_SECRET = {"grades.csv": "alice,1\n" * 40, "in/notes.txt": "for nobody else"}


@pytest.fixture
def erin(homes: Homes) -> Iterator[Home]:
    """Somebody whose agent a test may end and start."""
    home = homes("erin")
    yield home
    if home.process is not None and home.process.poll() is not None:
        home.start()


def _two(erin: Home, name: str, auto: bool) -> tuple[Path, Path]:
    """A private checkout and one that everybody reads."""
    private, _ = erin.share(f"{name}-private", dict(_SECRET), auto=auto)
    public, _ = erin.share(f"{name}-public", {"a.txt": "a"}, visibility="hub", auto=auto)
    return private, public


def _start(erin: Home) -> None:
    erin.start()
    wait_until(lambda: erin.ask("ping")["fault"] == "", "it is connected")


def _saved(erin: Home, centre: TestCentre, public: Path, text: str, auto: bool) -> dict[str, bytes]:
    """Save one more file in a checkout; return what is published of it once that is."""
    write(public, {"b.txt": text})
    name = f"erin/{public.name}"
    if not auto:
        erin.ask("push", folder=str(public))
    wait_until(lambda: published(centre, name).get("b.txt") == text.encode(), "it is published")
    return published(centre, name)


@pytest.mark.parametrize("auto", [True, False])
def test_a_checkout_that_is_moved_into_another_one_is_not_published_there(
    erin: Home, centre: TestCentre, auto: bool
) -> None:
    private, public = _two(erin, f"moved-{_HOW[auto]}", auto)
    private.rename(public / "t1")
    assert _saved(erin, centre, public, "1", auto).keys() == {"a.txt", "b.txt"}
    status = erin.ask("status", folder=str(public))
    assert f"erin/{private.name} ({private})" in status["unshared"]["t1"] and "unlink" in status["unshared"]["t1"]
    assert "t1" in says(erin, "status", cwd=public)
    # An edit in it, which the watcher reports by itself, and a new file are no other matter.
    write(public / "t1", {"grades.csv": "alice,2\n", "new.txt": "n", "in/deep/er.txt": "d"})
    assert _saved(erin, centre, public, "2", auto).keys() == {"a.txt", "b.txt"}
    assert "another checkout" in erin.ask("why", path="t1/grades.csv", folder=str(public))["why"]
    assert str(public / "t1") in erin.ask("status", folder=str(private))["paused"]
    assert published(centre, f"erin/{private.name}").keys() == _SECRET.keys()
    # Moved out again, each goes on.
    (public / "t1").rename(private)
    assert erin.ask("push", folder=str(private))["project"] == f"erin/{private.name}"
    wait_until(lambda: "new.txt" in published(centre, f"erin/{private.name}"), "it goes on")
    assert _saved(erin, centre, public, "3", auto).keys() == {"a.txt", "b.txt"}
    assert erin.ask("status", folder=str(public))["unshared"] == {}


def test_a_folder_with_a_checkout_in_it_is_moved_into_another_one(erin: Home, centre: TestCentre) -> None:
    public, _ = erin.share("around", {"a.txt": "a"}, visibility="hub", auto=True)
    term = erin.folder("term")
    private, _ = erin.share("in-term", dict(_SECRET), auto=True)
    private.rename(term / "in-term")
    wait_until(lambda: str(term / "in-term") in [one["folder"] for one in erin.ask("list")["checkouts"]], "it goes on")
    write(term, {"plain.txt": "p"})
    term.rename(public / "term")
    wait_until(lambda: "term/plain.txt" in published(centre, "erin/around"), "what is no checkout is published")
    assert _saved(erin, centre, public, "1", True).keys() == {"a.txt", "b.txt", "term/plain.txt"}
    assert "term/in-term" in erin.ask("status", folder=str(public))["unshared"]


@pytest.mark.parametrize("auto", [True, False])
def test_a_checkout_that_is_moved_into_another_one_while_no_agent_runs(
    erin: Home, centre: TestCentre, auto: bool
) -> None:
    private, public = _two(erin, f"down-{_HOW[auto]}", auto)
    erin.stop()
    private.rename(public / "t1")
    # Something else may be in its place by then.
    write(private, {"other.txt": "o"})
    _start(erin)
    assert _saved(erin, centre, public, "1", auto).keys() == {"a.txt", "b.txt"}
    assert "t1" in erin.ask("status", folder=str(public))["unshared"]
    erin.stop()
    _start(erin)
    assert _saved(erin, centre, public, "2", auto).keys() == {"a.txt", "b.txt"}
    assert published(centre, f"erin/{private.name}").keys() >= _SECRET.keys()


@pytest.mark.parametrize("auto", [True, False])
def test_a_checkout_that_is_moved_into_one_on_another_disk(erin: Home, centre: TestCentre, auto: bool) -> None:
    private, public = _two(erin, f"disk-{_HOW[auto]}", auto)
    # As `mv` does it from disk to disk: all is copied, then the old one goes.
    shutil.copytree(private, public / "t1")
    if auto:
        assert _saved(erin, centre, public, "0", auto).keys() == {"a.txt", "b.txt"}
        assert "being moved" in erin.ask("status", folder=str(public))["unshared"]["t1"]
    shutil.rmtree(private)
    assert _saved(erin, centre, public, "1", auto).keys() == {"a.txt", "b.txt"}
    assert "another checkout" in erin.ask("status", folder=str(public))["unshared"]["t1"]
    write(public / "t1", {"grades.csv": "alice,2\n"})
    assert _saved(erin, centre, public, "2", auto).keys() == {"a.txt", "b.txt"}


def test_a_copy_of_a_checkout_is_shared_where_it_lies(erin: Home, centre: TestCentre) -> None:
    private, public = _two(erin, "copied", False)
    shutil.copytree(private, public / "copy")
    assert erin.ask("push", folder=str(public))["pushed"] == 2
    assert erin.ask("status", folder=str(private))["outgoing"] == []


def test_files_that_are_moved_from_one_checkout_to_another_are_moved(erin: Home, centre: TestCentre) -> None:
    private, public = _two(erin, "single", True)
    (public / "given").mkdir()
    (private / "in/notes.txt").rename(public / "given/notes.txt")
    wait_until(lambda: "given/notes.txt" in published(centre, "erin/single-public"), "it is published")


def test_a_checkout_in_another_one_is_shared_there_once_it_is_unlinked(erin: Home, centre: TestCentre) -> None:
    private, public = _two(erin, "given-up", True)
    private.rename(public / "t1")
    assert _saved(erin, centre, public, "1", True).keys() == {"a.txt", "b.txt"}
    says(erin, "unlink", str(private))
    wait_until(lambda: "t1/in/notes.txt" in published(centre, "erin/given-up-public"), "it is shared")


def test_what_was_published_where_a_checkout_lies_now_stays(erin: Home, alice: Home, centre: TestCentre) -> None:
    private, public = _two(erin, "over", True)
    write(public, {"data/a.txt": "published"})
    wait_until(lambda: "data/a.txt" in published(centre, "erin/over-public"), "it is published")
    shutil.rmtree(public / "data")
    private.rename(public / "data")
    assert _saved(erin, centre, public, "1", True).keys() == {"a.txt", "b.txt", "data/a.txt"}
    # Nor is anything written into it.
    erin.ask("grant", project="erin/over-public", who="alice", role="writer")
    hers = alice.checkout("erin/over-public", "over")
    write(hers, {"data/new.txt": "hers", "c.txt": "c"})
    alice.ask("push", folder=str(hers))
    wait_until(lambda: (public / "c.txt").exists(), "the rest comes")
    assert {path.name for path in (public / "data").iterdir()} == {"grades.csv", "in"}
    assert "data/new.txt" in erin.ask("status", folder=str(public))["held"]
