"""A home whose path is longer than a socket's may be: its agent answers like any other."""

from __future__ import annotations

from pathlib import Path

from hubshare.testing.centre import TestCentre
from tests.helpers.centre_fixture import Home, published
from tests.helpers.command_line import says


def test_an_agent_whose_home_has_a_long_path_answers(tmp_path: Path, centre: TestCentre) -> None:
    home = Home(tmp_path / ("long" * 30) / ("longer" * 20), "longina", centre.url)
    made = home.folder("work", {"a.txt": "a"})
    try:
        # The command starts it.
        assert "1 file" in says(home, "share", ".", "--as", "longina/work", cwd=made)
        assert published(centre, "longina/work") == {"a.txt": b"a"}
        assert "in sync" in says(home, "status", cwd=made)
    finally:
        home.stop()
