"""A text that comes back from a browser has the line endings that it had."""

from __future__ import annotations

import pytest

from hubshare.sync.line_endings import keep_endings


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_a_text_of_one_kind_keeps_it_and_its_last_line(ending: str, last: bool) -> None:
    def lines(*found: str) -> str:
        return ending.join(found) + (ending if last else "")

    typed = "\r\n".join(["one", "new", "three"]) + ("\r\n" if last else "")
    assert keep_endings(lines("one", "two", "three"), typed) == lines("one", "new", "three")


def test_each_line_of_a_text_of_several_kinds_keeps_its_own() -> None:
    before = "a\nb\r\nc\rd\ne"
    assert keep_endings(before, before.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")) == before
    assert keep_endings(before, "a\r\nnew\r\nb\r\nc\r\nd\r\ne") == "a\nnew\nb\r\nc\rd\ne"


def test_a_new_text_has_those_of_this_machine() -> None:
    assert keep_endings("", "a\r\nb") == "a\nb"
    assert keep_endings("a", "") == ""
    assert keep_endings("a\n\n\n", "a\r\n\r\n\r\n") == "a\n\n\n"


def test_what_only_looks_like_the_end_of_a_line_is_none() -> None:
    before = "a\x0cb\u2028c\x85d\r\ne"
    assert keep_endings(before, before) == before
