"""Where the rows of a table lie in its bytes: as Python's `csv` finds them, whatever is written there."""

from __future__ import annotations

import csv
import io

import pytest
from hubshare_workers.render import separated
from hypothesis import example, given
from hypothesis import strategies as st

from hubshare.rendering.kinds import Kind
from tests.helpers.rendering import show, words

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


@pytest.mark.parametrize(
    ("head", "table", "delimiter"),
    [
        ("Report 2024\nOperator: X\n\n", "time,volt,amp\n0,1,2\n1,2,3\n2,3,4\n", ","),
        ("Station: Berlin\nHeight: 30, above the sea\n", "Datum;Temp;Wind\n01;1,5;3\n02;2,5;4\n03;2,5;4\n", ";"),
        ("Export\r\n\r\n", "a\tb\r\n1\t2\r\n3\t4\r\n\r\n5\t6\r\n", "\t"),
    ],
)
def test_lines_above_a_table_are_shown_above_it(head: str, table: str, delimiter: str) -> None:
    result = show(Kind.TABLE, head + table, page=1, suffix=".csv")
    assert result.meta["delimiter"] == delimiter and result.meta["columns"] == table.splitlines()[0].split(delimiter)
    assert result.meta["rows"] == 3 and words(result.html).startswith(" ".join(head.split()))
    assert show(Kind.TABLE, table, page=1, suffix=".csv").meta["data"] == result.meta["data"]


@pytest.mark.parametrize(
    "table",
    [
        "said\nHello, world\nBye, all\nYes, both\n",
        "a\n1\n2\n3\n4\n",
        "a,b\n1,2,3\n4,5,6\n7,8,9\n",
        "title\n1,2,3\n4,5\n6,7,8\n",
        "a\n" + "x" * 70_000 + ",,\n,,\n,,\n",
    ],
)
def test_a_first_line_that_may_be_the_header_is_one(table: str) -> None:
    result = show(Kind.TABLE, table, page=1, suffix=".csv")
    assert result.meta["columns"][0] == table.split("\n")[0].split(",")[0] and "hs-raw" not in result.html
