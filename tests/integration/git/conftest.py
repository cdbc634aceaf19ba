"""A user of git, and a project, for the tests in this folder."""

from __future__ import annotations

import pytest

from hubshare.testing.centre import TestCentre
from tests.helpers.git_client import GitUser


@pytest.fixture(scope="module")
def olga(tmp_path_factory: pytest.TempPathFactory, centre: TestCentre) -> GitUser:
    return GitUser(tmp_path_factory.mktemp("git"), centre, "olga")


@pytest.fixture(scope="module")
def project(olga: GitUser) -> str:
    """A private project with three commits, of which `rita` is a reader."""
    made = olga.create(rita="reader")
    clone = olga.clone(made)
    for number in range(3):
        olga.commit(clone, {"a.txt": f"version {number}\n", f"sub/{number}.txt": "x" * number}, f"Commit {number}")
        olga("push", "-q", cwd=clone)
    return made
