"""Which versions a branch stands for: pushes of agents, merges, and pushes by git, also when the log of these is lost."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubshare.git.objects import EMPTY_TREE, Commit
from hubshare.git.repository import MAIN, Logged, Repository


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    made = Repository.create(tmp_path / "r.git", "alice", 1, "Create alice/x")
    yield made
    made.close()


def commit(repository: Repository, *parents: str, message: str = "Edit", author: str = "somebody") -> str:
    made = Commit(EMPTY_TREE, parents, author, 5, message).encode()
    with repository.lock():
        repository.add([made])
    return made.id


def publish(repository: Repository, name: str) -> str:
    with repository.lock():
        repository.set_ref(MAIN, name)
    return name


def push(repository: Repository, name: str, user: str = "bob") -> str:
    with repository.lock():
        repository.log_push(name, Logged(repository.main, user, 7))
        repository.set_ref(MAIN, name, repository.main)
    return name


def test_versions_follow_first_parents(repository: Repository) -> None:
    first = repository.main
    second = publish(repository, commit(repository, first, message="Two", author="bob"))
    snapshot = commit(repository, first, message="Side")
    third = publish(repository, commit(repository, second, snapshot, message="Three"))
    assert [(found.commit, found.snapshot) for found in repository.published(third)] == [
        (third, snapshot),
        (second, second),
        (first, first),
    ]
    (found,) = repository.published(second, first)
    assert (found.author, found.time, found.summary) == ("bob", 5, "Two")


def test_a_push_by_git_is_one_version_of_its_pusher(repository: Repository) -> None:
    first = repository.main
    inner = commit(repository, first)
    second = push(repository, commit(repository, inner, message="Tip"), "a <b> %\u00e9")
    (found,) = repository.published(second, first)
    assert (found.commit, found.snapshot, found.author, found.time, found.summary) == (
        second,
        second,
        "a <b> %\u00e9",
        7,
        "Tip",
    )


def test_a_merge_whose_first_parent_is_not_what_was_published_is_one_version(repository: Repository) -> None:
    first = repository.main
    second = publish(repository, commit(repository, first, message="Two"))
    local = commit(repository, first, message="Local")
    third = push(repository, commit(repository, local, second, message="Merge"))
    fourth = publish(repository, commit(repository, third, message="Four"))
    versions = repository.published(fourth)
    assert [found.commit for found in versions] == [fourth, third, second, first]
    assert versions[1].snapshot == third


def test_without_the_log_such_a_merge_is_one_version_all_the_same(repository: Repository) -> None:
    first = repository.main
    second = publish(repository, commit(repository, first, message="Two"))
    local = commit(repository, first, message="Local")
    third = push(repository, commit(repository, local, second, message="Merge", author="Bob at home"))
    (repository.path / "logs" / MAIN).unlink()
    (found,) = repository.published(third, second)
    assert (found.commit, found.author) == (third, "Bob at home")


def test_a_push_that_did_not_come_to_be_counts_for_nothing(repository: Repository) -> None:
    first = repository.main
    lost = commit(repository, first, message="Lost")
    repository.log_push(lost, Logged(first, "bob", 7))
    second = publish(repository, commit(repository, first, message="Two"))
    assert [found.commit for found in repository.published(second)] == [second, first]


@pytest.mark.parametrize("torn", [b"0123", b"\n", b"x" * 500, b"\xff\n"])
def test_a_line_that_a_crash_cut_short_does_not_swallow_the_next_one(repository: Repository, torn: bytes) -> None:
    first = repository.main
    second = push(repository, commit(repository, first))
    with (repository.path / "logs" / MAIN).open("ab") as log:
        log.write(torn)
    third = push(repository, commit(repository, second, message="Three"))
    assert repository.logged_pushes().keys() == {second, third}


def test_lines_of_others_in_the_log_are_passed_over(repository: Repository) -> None:
    first = repository.main
    second = commit(repository, first)
    run = ["git", "-c", "user.name=x", "-c", "user.email=x@hubshare", "-c", "core.logAllRefUpdates=always"]
    subprocess.run([*run, "update-ref", "-m", "by hand", MAIN, second], cwd=repository.path, check=True)
    assert (repository.path / "logs" / MAIN).exists() and repository.logged_pushes() == {}


def test_git_reads_the_log_as_its_own(repository: Repository) -> None:
    push(repository, commit(repository, repository.main), "bob")
    done = subprocess.run(
        ["git", "reflog", "show", "--format=%gn %ge %gs", "main"], cwd=repository.path, capture_output=True, text=True
    )
    assert done.stdout == "bob bob@hubshare push by git\n"
    done = subprocess.run(["git", "fsck", "--strict"], cwd=repository.path, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
