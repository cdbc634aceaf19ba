"""The fault test itself: a small run finds nothing, and what is lost would be found."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.faults.ledger import Ledger, marks_below, marks_in_history
from tests.faults.run import run


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with a short path, since that of a socket is short."""
    with TemporaryDirectory(prefix="hs-", ignore_cleanup_errors=True) as made:
        yield Path(made)


@pytest.mark.timeout(600)
def test_a_few_operations_under_a_few_faults_lose_nothing_and_come_to_rest(place: Path) -> None:
    result, people = run(place, 1, 80, "sqlite", ["one worker killed", "agent of bob killed", "line to redis cut"])
    assert result.violations == []
    assert result.pauses
    assert sum(person.done.total() for person in people) == 80


def test_what_a_person_gave_up_need_not_be_found() -> None:
    ledger = Ledger("alice")
    ledger.written("a", "<alice-1>")
    ledger.written("a", "<alice-2>", added=True)
    assert ledger.alive() == {b"<alice-1>": "a", b"<alice-2>": "a"}
    ledger.written("a", "<alice-3>")
    assert ledger.alive() == {b"<alice-3>": "a"}
    ledger.moved("a", "folder/b")
    ledger.written("c", "<alice-4>")
    assert ledger.alive() == {b"<alice-3>": "folder/b", b"<alice-4>": "c"}
    ledger.moved("folder", "c")
    assert ledger.alive() == {b"<alice-3>": "c/b"}
    ledger.gone("c")
    assert ledger.alive() == {}


def test_what_was_acknowledged_has_to_be_found_for_ever() -> None:
    ledger = Ledger("alice")
    ledger.written("a/b", "<alice-1>")
    ledger.written("c", "<alice-2>")
    ledger.written("d", "<alice-3>")
    ledger.pushed({b"<alice-1>", b"<alice-2>"}, apart=["a"])
    ledger.gone("c")
    assert ledger.acknowledged == {b"<alice-2>"}


def test_marks_are_found_in_all_of_the_history_and_below_a_folder(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    git = ["git", "-C", str(repository), "-c", "user.name=x", "-c", "user.email=x@x"]
    subprocess.run(["git", "init", "-q", "-b", "main", repository], check=True)
    for number in (1, 2):
        (repository / "a").write_text(f"<alice-{number}>\n")
        subprocess.run([*git, "add", "."], check=True)
        subprocess.run([*git, "commit", "-q", "-m", "x"], check=True)
    assert marks_in_history(repository) == {b"<alice-1>", b"<alice-2>"}
    assert marks_below(repository) >= {b"<alice-2>"}
