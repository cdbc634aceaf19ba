"""Notebooks without outputs, and with them again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hubshare_agents.checkout.database import CheckoutDatabase
from hubshare_agents.checkout.index import CheckoutIndex, Row, Seen
from hypothesis import given
from hypothesis import strategies as st

from hubshare.errors import Invalid
from hubshare.sync.notebooks.outputs import join, strip
from hubshare.sync.trees import FILE, Entry
from hubshare.testing.notebooks import notebook

sources = st.lists(st.sampled_from(["x = 1", "x", "y", "é", ""]), max_size=5)


def plain(*sources: str) -> bytes:
    return notebook(*sources).encode()


def run(*sources: str, output: str = "output") -> bytes:
    return notebook(*sources, output=output).encode()


@given(sources)
def test_stripping_leaves_the_source(cells: list[str]) -> None:
    assert strip(run(*cells)) == plain(*cells)
    without = plain(*cells)
    assert strip(without) is without


@given(sources, sources)
def test_joined_and_stripped_is_what_is_published(published: list[str], own: list[str]) -> None:
    joined, complete = join(plain(*published), run(*own))
    assert strip(joined) == plain(*published)
    held = joined.decode().count("output of")
    assert complete == (held == len(own))


def test_outputs_stay_with_the_cells_whose_source_stays() -> None:
    joined, complete = join(plain("x = 1", "y"), run("x = 1", "x"))
    assert not complete
    first, second = json.loads(joined)["cells"]
    assert (first["execution_count"], first["outputs"][0]["text"]) == (1, ["output of x = 1"])
    assert (second["execution_count"], second["outputs"]) == (None, [])


def changed(data: bytes, **more: Any) -> bytes:
    return json.dumps(json.loads(data) | more, indent=1).encode() + b"\n"


def test_what_running_leaves_besides_outputs() -> None:
    found = json.loads(run("x"))
    found["cells"][0]["metadata"] = {"tags": ["a"], "execution": {"iopub.status.busy": "now"}, "ExecuteTime": {}}
    found["metadata"] = {"kernelspec": {"name": "python3"}, "widgets": {"state": "much"}}
    stripped = json.loads(strip(json.dumps(found).encode()))
    assert stripped["cells"][0] == json.loads(plain("x"))["cells"][0] | {"metadata": {"tags": ["a"]}}
    assert stripped["metadata"] == {"kernelspec": {"name": "python3"}}
    joined, complete = join(strip(json.dumps(found).encode()), json.dumps(found).encode())
    assert complete and json.loads(joined) == found


def test_a_notebook_of_version_3_lies_in_worksheets() -> None:
    cell = {"cell_type": "code", "input": "x", "outputs": [{"output_type": "pyout"}], "prompt_number": 4}
    old = {"nbformat": 3, "metadata": {}, "worksheets": [{"cells": [cell]}]}
    (sheet,) = json.loads(strip(json.dumps(old).encode()))["worksheets"]
    assert sheet["cells"] == [cell | {"outputs": [], "prompt_number": None}]


def test_outputs_hide_nowhere() -> None:
    cell = {"cell_type": "markdown", "metadata": {}, "source": "x", "outputs": [{"text": "secret"}]}
    assert b"secret" not in strip(json.dumps({"nbformat": 4, "cells": [cell]}).encode())
    cell = {"cell_type": "code", "metadata": {}, "source": "x", "outputs": {"text": "secret"}}
    assert b"secret" not in strip(json.dumps({"nbformat": 4, "cells": [cell]}).encode())
    both = {"nbformat": 4, "cells": [], "worksheets": [{"cells": [cell]}]}
    assert b"secret" not in strip(json.dumps(both).encode())


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b"[]",
        b"<<<<<<< ours",
        b"\xff\xfe",
        b'{"nbformat": 4, "cells": {}}',
        b'{"nbformat": 4, "cells": [1]}',
        b'{"nbformat": 3, "worksheets": [[]]}',
        b'{"nbformat": 4, "cells": [], "n": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"nbformat": 4, "cells": [{"source": "x", "outputs": ' + b"[" * 900 + b"]" * 900 + b"}]" + b"[" * 100_000,
    ],
    ids=lambda data: data[:12].decode(errors="replace"),
)
def test_what_is_no_notebook_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(Invalid):
        strip(data)
    assert join(plain("x"), data) == (plain("x"), False)
    assert join(data, run("x")) == (data, False)


@pytest.mark.parametrize("data", [b"", b"\n", b" "])
def test_an_empty_file_has_no_outputs(data: bytes) -> None:
    assert strip(data) == data


def test_half_a_character_is_no_obstacle() -> None:
    data = run("x", output="\\ud800").replace(b"\\\\ud800", b"\\ud800")
    assert strip(data) == plain("x")
    assert strip(changed(run("\N{SNOWMAN}"), extra="\ud800"))


def test_a_notebook_in_another_form_gets_no_outputs_rather_than_another_form() -> None:
    wide = json.dumps(json.loads(plain("x")), indent=4).encode()
    assert strip(wide) is wide
    assert join(wide, run("x")) == (wide, False)


def test_an_index_of_an_agent_that_knew_nothing_of_outputs_is_taken_up(tmp_path: Path) -> None:
    database = CheckoutDatabase(tmp_path / "index.sqlite")
    row = Row("n.ipynb", None, Entry(FILE, "1" * 40), Seen(1, 2, 3, 4), "")
    CheckoutIndex(database).save(row)
    database.execute("ALTER TABLE files DROP COLUMN raw")
    database.close()
    newer = CheckoutDatabase(tmp_path / "index.sqlite")
    again = CheckoutIndex(newer)
    assert again.row("n.ipynb") == row
    again.save(row._replace(raw="2" * 40))
    assert again.row("n.ipynb").on_disk == Entry(FILE, "2" * 40)
    newer.close()
