"""Two notebooks, cell by cell."""

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest

from hubshare.errors import Invalid
from hubshare.sync.notebooks.cells import Piece, merge, pieces, read_notebook, source


def cell(text: str, name: str | None = None, **more: Any) -> dict[str, Any]:
    made = {"cell_type": "code", "source": text, "metadata": {}, "outputs": [], "execution_count": None} | more
    return made | ({"id": name} if name else {})


def notebook(*cells: dict[str, Any], minor: int = 5, **metadata: Any) -> dict[str, Any]:
    return {"nbformat": 4, "nbformat_minor": minor, "metadata": metadata, "cells": list(cells)}


def shown(found: list[Piece]) -> list[tuple[str | None, str | None]]:
    return [(source(one.ours) if one.ours else None, source(one.theirs) if one.theirs else None) for one in found]


def test_cells_belong_together_by_id() -> None:
    ours = notebook(cell("a", "1"), cell("his", "2"), cell("new", "4"))
    theirs = notebook(cell("a", "1"), cell("hers", "2"), cell("gone", "3"))
    found = pieces(ours, theirs)
    assert shown(found) == [("a", "a"), ("his", "hers"), (None, "gone"), ("new", None)]
    assert [piece.differs for piece in found] == [False, True, True, True]


def test_without_ids_they_belong_together_by_content_and_place() -> None:
    ours = notebook(cell("a"), cell("his"), cell("c"), minor=4)
    theirs = notebook(cell("a"), cell("hers"), cell("c"), minor=4)
    assert shown(pieces(ours, theirs)) == [("a", "a"), ("his", "hers"), ("c", "c")]
    made = json.loads(merge(ours, theirs, {1: "ours"}))
    assert [one["source"] for one in made["cells"]] == ["a", "his", "c"] and "id" not in made["cells"][0]


def test_outputs_are_no_difference_and_the_published_ones_are_taken() -> None:
    output = {"output_type": "stream", "name": "stdout", "text": "hers"}
    ours = notebook(cell("a", "1", execution_count=7, metadata={"collapsed": True}))
    theirs = notebook(cell(["a"], "1", outputs=[output]))  # type: ignore[arg-type]
    assert not pieces(ours, theirs)[0].differs
    assert json.loads(merge(ours, theirs, {}))["cells"][0]["outputs"] == [output]


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_all_of_one_side_gives_its_cells(side: str) -> None:
    ours = notebook(cell("a", "1"), cell("b", "2"), cell("c", "3"))
    theirs = notebook(cell("c", "3"), cell("a", "1"), cell("d", "4"))
    found = pieces(ours, theirs)
    text = merge(ours, theirs, {number: side for number, piece in enumerate(found) if piece.differs})
    wanted = {"ours": ["a", "b", "c"], "theirs": ["c", "a", "d"]}[side]
    assert [one["source"] for one in json.loads(text)["cells"]] == wanted


def test_what_is_made_is_a_valid_notebook_also_of_cells_without_or_with_equal_ids() -> None:
    ours = notebook(cell("a", "1"), cell("b"), cell("moved", "9"), minor=5)
    theirs = notebook(cell("moved", "9"), cell("x"), minor=4)
    found = pieces(ours, theirs)
    picks = {number: "ours" if piece.ours else "theirs" for number, piece in enumerate(found)}
    made = nbformat.reads(merge(ours, theirs, picks), as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(made)
    assert len({one.id for one in made.cells}) == len(made.cells)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"[" * 100_000,
        b"\xff",
        b'{"nbformat": 3, "cells": []}',
        b'{"nbformat": 4}',
        b'{"nbformat": 4, "cells": [1]}',
        b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": [1]}]}',
        b'{"nbformat": 4, "cells": [{"cell_type": "code"}]}',
        json.dumps(notebook(*[cell("")] * 1001)).encode(),
    ],
)
def test_what_is_no_notebook_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        read_notebook(data)


def test_every_cell_that_differs_wants_a_pick_and_what_cannot_be_stored_is_refused() -> None:
    ours, theirs = notebook(cell("a", "1")), notebook(cell("b", "1"))
    for picks in ({}, {0: "both"}, {1: "ours"}):
        with pytest.raises(Invalid):
            merge(ours, theirs, picks)
    with pytest.raises(Invalid):
        merge(notebook(cell("\ud800", "1")), theirs, {0: "ours"})
