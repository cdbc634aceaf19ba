"""A folder is written as people write it, at the centre too: where their home lies is nobody's business."""

from __future__ import annotations

import pytest
from hubshare_agents.home import in_home


def test_a_folder_in_the_home_is_written_with_a_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/alice/")
    assert in_home("/home/alice/course") == "~/course" and in_home("/home/alice") == "~"
    assert in_home("/home/alices") == "/home/alices" and in_home("/data/x") == "/data/x"
    monkeypatch.setenv("HOME", "")
    assert in_home("/home/alice") == "/home/alice"
