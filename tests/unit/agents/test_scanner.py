"""The scanner: what it sees, and what it leaves for a moment later."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hubshare_agents.checkout.database import CheckoutDatabase
from hubshare_agents.checkout.disk import Disk
from hubshare_agents.checkout.index import CheckoutIndex
from hubshare_agents.checkout.scanner import Scanner
from hubshare_agents.checkout.temporary import is_temporary
from hubshare_agents.watching.steps import below

from hubshare.config import AgentSettings
from hubshare.testing.world import Member, World


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    made.mkdir()
    return made


@pytest.fixture
def index(tmp_path: Path) -> Iterator[CheckoutIndex]:
    database = CheckoutDatabase(tmp_path / "index.sqlite")
    yield CheckoutIndex(database)
    database.close()


@pytest.fixture
def scanner(root: Path, index: CheckoutIndex, tmp_path: Path) -> Scanner:
    return Scanner(Disk(root), index, AgentSettings(state=tmp_path / "state", max_file_bytes=1000))


def test_a_file_is_seen_once(root: Path, index: CheckoutIndex, scanner: Scanner) -> None:
    (root / "a").write_text("one")
    os.utime(root / "a", (1, 1))
    assert scanner.scan().edited == 1
    assert scanner.scan().edited == 0
    assert index.row("a").local is not None


def test_an_edit_within_one_tick_of_the_clock_is_seen(root: Path, index: CheckoutIndex, scanner: Scanner) -> None:
    (root / "a").write_text("one")
    scanner.scan()
    first = index.row("a").local
    stamp = (root / "a").stat().st_mtime_ns
    with (root / "a").open("r+") as file:
        file.write("two")
    os.utime(root / "a", ns=(stamp, stamp))
    scanner.scan(prefix="a")
    assert index.row("a").local != first


def test_a_half_saved_notebook_waits_for_the_rest(root: Path, index: CheckoutIndex, scanner: Scanner) -> None:
    (root / "a.ipynb").write_text("all of it")
    scanner.scan()
    before = index.row("a.ipynb").local
    (root / ".~a.ipynb").write_text("all of it")
    (root / "a.ipynb").write_text("half")
    assert scanner.scan().busy == ["a.ipynb"]
    assert index.row("a.ipynb").local == before
    (root / ".~a.ipynb").unlink()
    assert scanner.scan().busy == []
    assert index.row("a.ipynb").local != before


def test_a_copy_that_a_broken_save_left_holds_up_nothing(
    root: Path, index: CheckoutIndex, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / ".~a.ipynb").write_text("old copy")
    (root / "a.ipynb").write_text("new")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3600)
    assert scanner.scan().busy == []
    assert index.row("a.ipynb").local is not None


def test_a_scan_of_one_path_leaves_the_others(root: Path, index: CheckoutIndex, scanner: Scanner) -> None:
    for name in ("a", "b"):
        (root / name).write_text(name)
    scanner.scan()
    (root / "a").unlink()
    (root / "b").unlink()
    scanner.scan("a")
    assert index.row("a").local is None
    assert index.row("b").local is not None


def test_what_is_not_shared_is_named_once_with_its_reason(root: Path, index: CheckoutIndex, scanner: Scanner) -> None:
    (root / "large").write_bytes(b"x" * 1001)
    os.mkfifo(root / "pipe")
    (root / "nested" / ".git").mkdir(parents=True)
    (root / "out").symlink_to("/etc/passwd")
    (root / ".~ignored").write_text("ignored files are not named")
    scanner.scan()
    assert {path: reason.split()[0:3] for path, reason in index.unshared().items()} == {
        "large": ["it", "has", "1,001"],
        "pipe": ["it", "is", "a"],
        "nested": ["it", "lies", "in"],
        "out": ["the", "link", "leads"],
    }
    assert list(index.paths()) == []


@pytest.mark.parametrize(
    ("changed", "reported"),
    [
        (["a", "a/b", "c"], {"a", "c"}),
        (["a-b", "a"], {"a-b", "a"}),
        ([".git/index"], set()),
        (["sub/.git/index"], set()),
        (["sub/.git"], {"sub"}),
        ([".hubshare-0123456789abcdef.tmp"], set()),
        ([""], {""}),
        ([f"f{number}" for number in range(600)], {""}),
    ],
)
def test_what_a_watch_in_steps_reports(tmp_path: Path, changed: list[str], reported: set[str]) -> None:
    assert below(tmp_path, (tmp_path / path for path in changed), is_temporary) == reported


def test_a_rule_that_is_taken_out_holds_no_longer_at_once(world: World, alice: Member) -> None:
    alice.write(".hubshareignore", "*.csv\n*.log\n")
    alice.write("data/table.csv", "1")
    alice.write("a.log", "1")
    alice.local.scan()
    assert "data/table.csv" not in alice.plan().outgoing
    alice.write(".hubshareignore", "*.log\n")
    alice.local.scan([".hubshareignore"])
    assert alice.plan().outgoing.keys() == {".hubshareignore", "data/table.csv"}


def test_rules_that_are_being_saved_let_nothing_out(
    world: World, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    alice.write(".hubshareignore", "secret\n")
    alice.write("secret", "mine alone")
    alice.local.scan()
    # An editor moves the old file away, and writes the new one a moment later.
    (alice.root / ".hubshareignore").rename(alice.root / ".hubshareignore~")
    assert ".hubshareignore" in alice.local.scan([".hubshareignore"]).busy
    assert "secret" not in alice.plan().outgoing
    alice.write(".hubshareignore", "")
    assert ".hubshareignore" in alice.local.scan([".hubshareignore"]).busy
    alice.write(".hubshareignore", "secret\n# and more\n")
    assert alice.local.scan([".hubshareignore"]).busy == []
    assert "secret" not in alice.plan().outgoing
    # Rules that are really gone hold for a moment only.
    (alice.root / ".hubshareignore").unlink()
    alice.local.scan([".hubshareignore"])
    now += 2
    assert alice.local.scan([".hubshareignore"]).busy == []
    assert "secret" in alice.plan().outgoing
