"""Somebody who publishes, and a project of hers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from hubshare.testing.centre import TestCentre
from tests.helpers.git_client import GitUser
from tests.helpers.publishing import Stage


@pytest.fixture(scope="module")
def olga(tmp_path_factory: pytest.TempPathFactory, centre: TestCentre) -> Iterator[GitUser]:
    yield GitUser(tmp_path_factory.mktemp("publish"), centre, "olga")
    # What dies here never comes again.
    shutil.rmtree(centre.settings.quarantine, ignore_errors=True)


@pytest.fixture
def stage(olga: GitUser) -> Stage:
    return Stage(olga)
