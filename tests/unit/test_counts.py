"""Counts as people read them."""

from __future__ import annotations

from hubshare.names import count


def test_one_is_no_plural() -> None:
    assert [count(number, "file") for number in (0, 1, 2, 1000)] == ["0 files", "1 file", "2 files", "1,000 files"]
    assert count(2, "person", "people") == "2 people"
