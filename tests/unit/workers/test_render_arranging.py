"""Tables in another order: what comes before what, and which rows stay."""

from __future__ import annotations

import io
from typing import Any

import pytest
from arro3.core import Array, DataType, Table
from arro3.io import write_parquet
from hubshare_workers.render import table
from hubshare_workers.render.arranging import arranged
from hubshare_workers.render.failing import Unrenderable

from hubshare.rendering.kinds import Kind
from hubshare.rendering.requests import arranged_request, make_request, page_request
from tests.helpers.rendering import show

ASKED = make_request(Kind.TABLE, "a" * 40, name="a.csv")


def order(values: list[str], column: int = 1, words: str = "", **more: Any) -> list[str]:
    return [values[number] for number in arranged([(0, [[value] for value in values])], words, column, **more)]


@pytest.mark.parametrize(
    ("values", "up"),
    [
        (["10", "9", "-2", "1e3"], ["-2", "9", "10", "1e3"]),
        (["1,000", "20", "3 %"], ["3 %", "20", "1,000"]),
        (["b", "A", "a", "B"], ["A", "a", "b", "B"]),
        (["x", "", "7", "nan", " "], ["7", "x", "", "nan", " "]),
        (["1\u00a0000", "\u22125", "2"], ["\u22125", "2", "1\u00a0000"]),
    ],
)
def test_numbers_come_before_texts_and_what_is_empty_last(values: list[str], up: list[str]) -> None:
    assert order(values) == up


def test_downwards_what_is_empty_is_last_all_the_same_and_equal_ones_stay_in_order() -> None:
    assert order(["a", "", "1", "B", "b", "2"], -1) == ["B", "b", "a", "2", "1", ""]


def test_a_comma_may_stand_before_decimals() -> None:
    assert order(["1,5", "1.000,2", "2"], comma=True) == ["1,5", "2", "1.000,2"]


def test_rows_stay_of_which_one_cell_has_the_words() -> None:
    rows = [["Straße", "b"], ["x", "STRASSE 1"], ["stra", "sse"], ["", ""]]
    assert arranged([(0, rows[:2]), (2, rows[2:])], "strasse", 0) == [0, 1]


def test_a_sorted_table_has_pages_and_the_numbers_of_its_rows() -> None:
    data = "n,v\n" + "".join(f"{n},{(n * 7) % 300}\n" for n in range(1, 251)) + '"a ""quoted"" word",5\n'
    wanted = arranged_request(ASKED, -1, "")
    first = show(Kind.TABLE, data, **wanted.options)
    assert first.meta["data"][:2] == [['a "quoted" word', "5"], ["250", "250"]] and first.meta["pages"] == 3
    assert '<th scope="row">251</th>' in first.html
    last = page_request(wanted, first.meta, 3)
    assert last is not None and show(Kind.TABLE, data, **last.options).meta["data"][-1] == ["1", "7"]
    found = show(Kind.TABLE, data, **arranged_request(ASKED, 0, '"QUOTED"').options)
    assert (found.meta["rows"], found.meta["of"], found.meta["first"]) == (1, 251, 1)
    assert show(Kind.TABLE, data, **arranged_request(ASKED, 0, "nowhere").options).meta["data"] == []


def test_parquet_is_sorted_and_filtered_too() -> None:
    file = io.BytesIO()
    columns = {"n": Array([3, None, 20], type=DataType.int64()), "s": Array(["x", "y", "xy"], type=DataType.string())}
    write_parquet(Table.from_pydict(columns), file)
    asked = make_request(Kind.TABLE, "a" * 40, name="a.parquet")
    result = show(Kind.TABLE, file.getvalue(), **arranged_request(asked, -1, "X").options)
    assert result.meta["data"] == [["20", "xy"], ["3", "x"]] and (result.meta["rows"], result.meta["of"]) == (2, 3)


def test_what_is_too_long_to_be_sorted_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    data = "n\n" + "".join(f"{n}\n" for n in range(1, 51))
    monkeypatch.setattr(table, "_ARRANGED_ROWS", 49)
    assert show(Kind.TABLE, data, **ASKED.options).meta["arranges"] is False
    with pytest.raises(Unrenderable, match="this one has 50 rows"):
        show(Kind.TABLE, data, **arranged_request(ASKED, 1, "").options)
    assert arranged_request(ASKED, 0, "x" * 5000).options["filter"] == "x" * 200
    assert arranged_request(ASKED, 0, "") == ASKED
