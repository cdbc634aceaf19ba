"""Where the rows of a table lie in its bytes: as Python's `csv` finds them, whatever is written there."""

from __future__ import annotations

import csv
import io

import pytest
from hubshare_workers.render import separated
from hypothesis import example, given
from hypothesis import strategies as st

_PIECES = ["a", "ü", '"', '""', ",", ";", "\t", "\n", "\r\n", "\r", " ", "1", '"x\ny"', 'q"q', "\n\n", "#"]


@given(st.lists(st.sampled_from(_PIECES), max_size=60).map("".join), st.sampled_from([3, 7, 64]))
@example('a,"b', 3)
@example('a\n"b"c"\n,d\n', 3)
@example('a\nb\n\n\n"', 7)
@example('"\r"\n\n', 3)
def test_places_of_rows_are_those_that_csv_finds(text: str, window: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(separated, "_WINDOW", window)
        patch.setattr(separated, "PAGE_ROWS", 2)
        data = text.encode()
        found = separated.opened(data, ".csv", cut=False)
        body = data[found.begins :].decode()
        rows = [row for row in csv.reader(io.StringIO(body, newline=""), delimiter=found.delimiter) if row]
        starts, count = found.places()
        assert (found.header, count) == (rows[0] if rows else [], max(0, len(rows) - 1))
        ends = [*starts[1:], len(data)]
        pages = [list(found.rows(start, end)) for start, end in zip(starts, ends, strict=True)]
        assert [row for page in pages for row in page] == rows[1:]
        assert all(len(page) == 2 for page in pages[: count // 2])
        assert found.at(range(count)) == rows[1:]
        assert [row for _, block in found.blocks() for row in block] == rows[1:]
