"""Long notebooks a part at a time: where the cells lie, what each part shows, and how its anchors are called."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hubshare_workers.render import notebook as whole_notebooks
from hubshare_workers.render import notebook_layout
from hubshare_workers.render.failing import Unrenderable
from hubshare_workers.render.notebook_layout import layout

from hubshare.rendering.kinds import Kind
from hubshare.rendering.requests import make_request, output_request, page_request, part_of, part_with
from hubshare.rendering.results import RenderResult
from tests.helpers.rendering import cell, display, notebook, show, stream, text, words

ASKED = make_request(Kind.NOTEBOOK, "a" * 40)
CELLS = [
    text(f"## Task\n\n### Of {n} – it's “ü” 中\n\n[first](#Task)") if n % 40 == 0 else cell(f'print("{n} \\\\ 中")')
    for n in range(350)
]


def part(data: bytes, first: RenderResult, number: int) -> RenderResult:
    wanted = page_request(ASKED, first.meta, number)
    assert wanted is not None
    return show(Kind.NOTEBOOK, b"".join(data[start:end] for start, end in wanted.ranges(len(data))), **wanted.options)


def ids(html: str) -> list[str]:
    return re.findall(r' id="([^"]+)"', html)


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("window", [16, 1000, 1 << 20])
def test_cells_lie_where_they_are_found(indent: int | None, window: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook_layout, "_WINDOW", window)
    raw: dict[str, Any] = {"metadata": {"cells": [1, "]}"]}, "cells": CELLS[:50], "nbformat": 4, "nbformat_minor": 5}
    for data in (
        json.dumps(raw, indent=indent).encode(),
        b"\xef\xbb\xbf" + json.dumps(raw, ensure_ascii=False).encode(),
    ):
        found = layout(data)
        read = [json.loads(data[start:end]) for start, end in zip(found.starts, found.ends, strict=True)]
        assert read == CELLS[:50] and found.about["metadata"] == raw["metadata"]
        assert list(found.texts) == [0, 40] and found.total == 50


def test_the_part_of_a_cell_is_found_by_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [cell(f"{n}", id=f"id-{n}") for n in range(250)]
    cells[7]["id"], cells[8]["id"] = "no id", 5
    first = show(Kind.NOTEBOOK, notebook(*cells))
    found = {n: part_with(first.meta, f"id-{n}") for n in (0, 7, 8, 99, 100, 249, 250)}
    assert found == {0: 1, 7: None, 8: None, 99: 1, 100: 2, 249: 3, 250: None}
    assert part_with(first.meta, "id") is None and part_with({}, "id-1") is None
    # Only so many are remembered.
    monkeypatch.setattr(notebook_layout, "MOST_IDS", 500)
    assert sum(map(len, show(Kind.NOTEBOOK, notebook(*cells)).meta["ids"])) <= 500


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b'{"cells": []}',
        b'{"cells": [{}], "nbformat": 3}',
        b'{"cells": [{},], "nbformat": 4}',
        b'{"cells": [{}], "nbformat": 4',
        b'{"cells": [{}], "nbformat": 4} x',
        b'{"cells": [{"a": "b}], "nbformat": 4}',
        b'{"cells": [{}] "nbformat": 4}',
        b'{"cells": [<<<<<<< ours\n{}], "nbformat": 4}',
    ],
)
def test_what_is_no_notebook_has_no_layout(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        layout(data)


def test_parts_together_are_the_whole() -> None:
    data = notebook(*CELLS, language_info={"name": "python"})
    first = show(Kind.NOTEBOOK, data)
    assert first.meta["firsts"] == [1, 101, 201, 301] and first.meta["cells"] == 350
    parts = [first, *(part(data, first, number) for number in (2, 3, 4))]
    whole = whole_notebooks.render([data], {})
    assert [one for shown in parts for one in ids(shown.html)] == ids(whole.html)
    assert " ".join(words(shown.html) for shown in parts) == words(whole.html)
    listed = [{name: value for name, value in entry.items() if name != "part"} for entry in first.meta["outline"]]
    assert listed == whole.meta["outline"] and len(listed) == 18
    assert [entry.get("part", 1) for entry in first.meta["outline"]] == [1] * 6 + [2] * 4 + [3] * 6 + [4] * 2
    assert page_request(ASKED, first.meta, 5) is None
    assert [part_of(first.meta, number) for number in (0, 1, 100, 101, 350, 999)] == [1, 1, 1, 2, 4, 4]


def test_a_notebook_that_is_not_long_is_one_part() -> None:
    first = show(Kind.NOTEBOOK, notebook(*CELLS[:200]))
    assert first.meta["firsts"] == [1] and page_request(ASKED, first.meta, 2) is None


def test_what_follows_a_large_cell_does_not_wait_for_it() -> None:
    large = cell("run()", stream("x" * 5_000_000))
    data = notebook(*CELLS[:10], large, *CELLS[10:20])
    first = show(Kind.NOTEBOOK, data)
    assert first.meta["firsts"] == [1, 11, 12]


def test_the_parts_of_a_notebook_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook_layout, "MOST_CELLS", 320)
    monkeypatch.setattr(notebook_layout, "MOST_PARTS", 3)
    data = notebook(*CELLS)
    first = show(Kind.NOTEBOOK, data)
    assert first.meta["firsts"] == [1, 101, 201] and first.meta["cells"] == 350
    assert 'id="cell-320"' in part(data, first, 3).html


def test_the_whole_of_an_output_that_was_cut_is_made_of_its_cell_alone() -> None:
    rows = "".join(f"<tr><td>row {n}</td></tr>" for n in range(20_000))
    outputs = [stream("a" * 100), stream("b" * 250_000, "stderr"), display(text__html=f"<table>{rows}</table>")]
    data = notebook(*CELLS[:130], cell("run()", *outputs), *CELLS[130:])
    first = show(Kind.NOTEBOOK, data)
    second = part(data, first, 2)
    assert [(one["cell"], one["output"]) for one in second.meta["long"]] == [(131, 2), (131, 3)]
    assert 'id="cell-131-output-2"' in second.html and "row 19999" not in second.html
    # A table ends with a whole row.
    assert re.search(r"row \d+</td></tr></tbody></table>", second.html)
    for number, says in ((2, "b" * 250_000), (3, "row 19999<")):
        wanted = output_request(ASKED, first.meta, second.meta, 131, number)
        assert wanted is not None
        near = data[wanted.ranges(len(data))[1][0] : wanted.ranges(len(data))[1][1]]
        assert json.loads(near)["source"] == "run()"
        assert says in show(Kind.NOTEBOOK, near, **wanted.options).html
    assert output_request(ASKED, first.meta, second.meta, 131, 1) is None
    with pytest.raises(Unrenderable, match="no such output"):
        show(Kind.NOTEBOOK, near, **wanted.options | {"output": 9})


def test_a_note_that_an_output_was_cut_cannot_be_feigned() -> None:
    html = '<p class="hs-note hs-cut" id="cell-1-output-1">click</p>'
    shown = show(Kind.NOTEBOOK, notebook(text(html), cell("x", display(text__html=html)))).html
    assert "click" in shown and "hs-cut" not in shown and ' id="cell-1-output-1"' not in shown


def test_a_broken_part_hides_no_other() -> None:
    data = notebook(*CELLS[:150], cell("x") | {"outputs": 5}, *CELLS[151:])
    first = show(Kind.NOTEBOOK, data)
    with pytest.raises(Unrenderable, match="not as they should be"):
        part(data, first, 2)
    assert 'id="cell-201"' in part(data, first, 3).html
