"""Notebooks without what running them leaves in them, for projects that share no outputs; and with it again. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hubshare.config import MIB
from hubshare.errors import Invalid
from hubshare.sync.notebooks import cells

#: When a cell ran, as JupyterLab and an extension note it in the metadata.
_TIMES = ("execution", "ExecuteTime")
_WIDGETS = "widgets"
#: A larger file is taken apart by nobody, in bytes: that takes many times as much memory.
NOTEBOOK_BYTES = 16 * MIB


def is_notebook(path: str) -> bool:
    """Whether a file of this name is a notebook."""
    return path.endswith(".ipynb")


def strip(data: bytes) -> bytes:
    """A notebook without outputs, counts and times of executions, and states of widgets.

    Returns:
        `data` itself where there is nothing of that kind; so stripping twice does the same as stripping once.

    Raises:
        Invalid: when it is no notebook that can be read.
    """
    if not data.strip():
        return data
    notebook = _read(data)
    found = [_empty(cell) for cell in _all_cells(notebook)]
    found.append(_metadata(notebook).pop(_WIDGETS, None) is not None)
    return _text(notebook) if any(found) else data


def join(published: bytes, own: bytes) -> tuple[bytes, bool]:
    """A stripped notebook with the outputs that another version of it has, for each cell whose source is the same in both.

    Args:
        published: the stripped one.
        own: the one with outputs.

    Returns:
        The notebook, which stripped is `published` again, and whether all of the outputs are in it.
    """
    try:
        made, mine = cells.read_notebook(published), cells.read_notebook(own)
        complete = True
        for piece in cells.pieces(mine, made):
            if piece.ours is not None and not _give(piece.ours, piece.theirs):
                complete = False
        if _WIDGETS in _metadata(mine):
            made["metadata"] = {**_metadata(made), _WIDGETS: _metadata(mine)[_WIDGETS]}
        joined = _text(made)
        if strip(joined) == published:
            return joined, complete
    except Invalid:
        pass
    # It is written in another form than ours, or cannot be taken apart: better without outputs than another content.
    return published, False


def _give(own: cells.Cell, published: cells.Cell | None) -> bool:
    """Give a cell the outputs of another one with the same source; whether none of them is left behind."""
    if not own.get("outputs"):
        return True
    if published is None or own["cell_type"] != published["cell_type"] or cells.source(own) != cells.source(published):
        return False
    published["outputs"] = own["outputs"]
    if "execution_count" in own:
        published["execution_count"] = own["execution_count"]
    times = {name: _metadata(own)[name] for name in _TIMES if name in _metadata(own)}
    if times:
        published["metadata"] = {**_metadata(published), **times}
    return True


def _empty(cell: cells.Cell) -> bool:
    """Take out of a cell what running it has left; whether that was anything."""
    metadata = _metadata(cell)
    times = [name for name in _TIMES if name in metadata]
    # `prompt_number` is what version 3 calls the count.
    counts = [name for name in ("execution_count", "prompt_number") if cell.get(name) is not None]
    outputs = bool(cell.get("outputs"))
    for name in times:
        del metadata[name]
    for name in counts:
        cell[name] = None
    if outputs:
        cell["outputs"] = []
    return outputs or bool(counts or times)


def _read(data: bytes) -> dict[str, Any]:
    try:
        found: Any = json.loads(data)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("nbformat"), int):
        raise Invalid("It is not a notebook that can be read.")
    return found


def _all_cells(notebook: dict[str, Any]) -> Iterator[cells.Cell]:
    """Its cells; in version 3 they lie in worksheets."""
    for sheet in [notebook, *_list(notebook, "worksheets")]:
        yield from _list(sheet, "cells")


def _list(holder: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = holder.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Invalid("It is not a notebook that can be read.")
    return found


def _metadata(holder: dict[str, Any]) -> dict[str, Any]:
    found = holder.get("metadata")
    return found if isinstance(found, dict) else {}


def _text(notebook: dict[str, Any]) -> bytes:
    """As Jupyter writes it, but for the order of names, which stays as it was."""
    try:
        return f"{json.dumps(notebook, indent=1, ensure_ascii=False)}\n".encode()
    except UnicodeEncodeError:
        # Half of a character, which JSON can name and UTF-8 cannot hold.
        return f"{json.dumps(notebook, indent=1)}\n".encode()
    except RecursionError:
        raise Invalid("It is not a notebook that can be read.") from None
