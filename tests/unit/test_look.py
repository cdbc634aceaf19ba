"""The walk over pages of files: what counts as an error."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hubshare_workers.render import renderer

from tests.look.walk import Seen

#: What pages say where the renderers failed.
FAILED = [
    said
    for path in Path(renderer.__file__).parent.glob("*.py")
    for said in re.findall(r'failure\("broken", "([^"]+)"\)', path.read_text())
]


def test_there_are_files_that_renderers_fail_at() -> None:
    assert len(FAILED) >= 4


@pytest.mark.parametrize("said", FAILED)
def test_a_file_that_the_renderers_failed_at_is_an_error(said: str) -> None:
    seen = Seen("a.npz")
    seen.hear(said)
    assert seen.wrong == {"errors": (1, [said])}


def test_a_page_that_says_what_a_file_is_has_no_error() -> None:
    seen = Seen("a.npz")
    seen.hear("This file is a NumPy array; it can be downloaded.")
    assert (seen.wrong, seen.said) == ({}, "This file is a NumPy array; it can be downloaded.")
