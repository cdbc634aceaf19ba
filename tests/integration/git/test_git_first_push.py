"""The first push by git into a new project: a repository that there was before takes the place of the empty first version."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubshare.testing.centre import TestCentre
from hubshare.wire.agent import new_id
from tests.helpers.centre_fixture import Home, content, published, repository_of, sound
from tests.helpers.git_client import GitUser, person, tip, versions


def existing(user: GitUser, branch: str = "main") -> Path:
    """A repository with a history of its own."""
    made = user.home / f"existing-{new_id()[:8]}"
    made.mkdir()
    user("init", "-q", "-b", branch, cwd=made)
    user.commit(made, {"README.md": "one"}, "First")
    user.commit(made, {"README.md": "two", "src/a.py": "a"}, "Second")
    return made


def test_an_existing_repository_is_pushed_into_a_new_project(olga: GitUser) -> None:
    project = olga.create()
    made = existing(olga)
    olga("remote", "add", "origin", olga.url(project), cwd=made)
    olga("push", "-q", "-u", "origin", "main", cwd=made)
    assert published(olga.centre, project) == {"README.md": b"two", "src/a.py": b"a"}
    assert [row.number for row in versions(olga.centre, project)] == [1, 0]
    assert tip(olga, project) == olga("rev-parse", "HEAD", cwd=made), "with its history"
    sound(repository_of(olga.centre, project))
    olga.commit(made, {"README.md": "three"})
    olga("push", "-q", cwd=made)
    clone = olga.clone(project)
    assert olga("log", "--format=%s", cwd=clone).split("\n") == ["Edit", "Second", "First"]


def test_checkouts_of_the_empty_project_follow(olga: GitUser, alice: Home, centre: TestCentre) -> None:
    project = olga.create(alice="writer")
    here = alice.checkout(project, "was-empty")
    made = existing(olga)
    olga("push", "-q", olga.url(project), "main", cwd=made)
    alice.ask("pull", folder=str(here))
    assert content(here) == {"README.md": b"two", "src/a.py": b"a"}
    (here / "README.md").write_text("three")
    assert alice.ask("push", folder=str(here))["status"] == "applied"
    late = alice.checkout(project, "came-later")
    assert content(late)["README.md"] == b"three"
    sound(repository_of(olga.centre, project))


def test_the_clone_of_a_new_project_is_pushed_as_ever(olga: GitUser) -> None:
    project = olga.create()
    clone = olga.clone(project)
    first = tip(olga, project)
    olga.commit(clone, {"a.txt": "a"})
    olga("push", "-q", cwd=clone)
    assert olga("rev-parse", "HEAD~1", cwd=clone) == first, "it builds on the empty version"


def test_only_the_empty_first_version_gives_way(olga: GitUser) -> None:
    project = olga.create(nina="writer")
    clone = olga.clone(project)
    olga.commit(clone, {"a.txt": "a"})
    olga("push", "-q", cwd=clone)
    nina = person(olga, "nina")
    made = existing(nina)
    assert "rejected" in nina.fault("push", nina.url(project), "main", cwd=made)
    assert "rejected" in nina.fault("push", "--force", nina.url(project), "main", cwd=made)
    assert published(olga.centre, project) == {"a.txt": b"a"}


@pytest.mark.parametrize("branch", ["master", "feature/x"])
def test_another_branch_is_told_the_command_that_works(olga: GitUser, branch: str) -> None:
    project = olga.create()
    made = existing(olga, branch)
    olga("remote", "add", "origin", olga.url(project), cwd=made)
    assert f"run `git push origin {branch}:main`" in olga.fault("push", "origin", branch, cwd=made)
    olga("push", "-q", "origin", f"{branch}:main", cwd=made)
    assert "README.md" in published(olga.centre, project)
