"""Two versions of a notebook, cell by cell: which cells belong together, and the notebook that picks make of them. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from hubshare.errors import Invalid

Cell = dict[str, Any]

_CELLS = 1000
#: What editors and kernels note in the metadata of a cell, which nobody decides about.
_NOISE = frozenset({"collapsed", "scrolled", "ExecuteTime", "execution", "jupyter"})


class Piece(NamedTuple):
    """A cell of both versions, or of one of them."""

    ours: Cell | None
    theirs: Cell | None

    @property
    def differs(self) -> bool:
        """Whether there is something to decide; outputs and counts of executions are not."""
        if self.ours is None or self.theirs is None:
            return True
        return _meaning(self.ours) != _meaning(self.theirs)


def read_notebook(data: bytes) -> dict[str, Any]:
    """A notebook as far as it can be taken apart.

    Raises:
        Invalid: when it cannot.
    """
    try:
        found: Any = json.loads(data)
    except (ValueError, RecursionError):
        found = None
    cells = found.get("cells") if isinstance(found, dict) and found.get("nbformat") == 4 else None
    if not isinstance(cells, list) or not all(_is_cell(cell) for cell in cells):
        raise Invalid("This is not a notebook that can be taken apart by cell: pick one of the two files.")
    if len(cells) > _CELLS:
        raise Invalid(f"The notebook has more than {_CELLS:,} cells: pick one of the two files.")
    return dict(found)


def source(cell: Cell) -> str:
    """The text of a cell."""
    text = cell["source"]
    return text if isinstance(text, str) else "".join(text)


def pieces(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[Piece]:
    """All cells of two notebooks in one order; those that belong together, by id or else by content, are one piece."""
    mine, published = ours["cells"], theirs["cells"]
    by_id = _have_ids(mine) and _have_ids(published)
    left, right = ([_key(cell, by_id) for cell in cells] for cells in (published, mine))
    found: list[Piece] = []
    for sort, start, end, begin, stop in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if sort == "equal" or (sort == "replace" and not by_id and end - start == stop - begin):
            found += map(Piece, mine[begin:stop], published[start:end])
        else:
            found += [Piece(None, cell) for cell in published[start:end]]
            found += [Piece(cell, None) for cell in mine[begin:stop]]
    return found


def merge(ours: Mapping[str, Any], theirs: Mapping[str, Any], picks: Mapping[int, str]) -> str:
    """The notebook that picks make: a text as Jupyter writes it. What is not of a cell is theirs.

    Args:
        picks: number of a piece that differs to `ours` or `theirs`.

    Raises:
        Invalid: when a piece that differs is not picked.
    """
    minor = max(_minor(ours), _minor(theirs))
    made = {**theirs, "nbformat_minor": minor, "cells": list(_with_ids(_picked(pieces(ours, theirs), picks), minor))}
    text = json.dumps(made, indent=1, sort_keys=True, ensure_ascii=False, separators=(",", ": ")) + "\n"
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Invalid("The notebook holds characters that cannot be stored: pick one of the two files.") from None
    return text


def _picked(found: Sequence[Piece], picks: Mapping[int, str]) -> Iterator[Cell]:
    for number, piece in enumerate(found):
        side = picks.get(number) if piece.differs else "theirs"
        if side not in ("ours", "theirs"):
            raise Invalid("Pick a side for each cell that differs.")
        cell = piece.ours if side == "ours" else piece.theirs
        if cell is not None:
            yield cell


def _with_ids(cells: Iterator[Cell], minor: int) -> Iterator[Cell]:
    """From version 4.5 on each cell has an id of its own, before none has."""
    known: set[str] = set()
    for number, cell in enumerate(cells):
        plain = {name: value for name, value in cell.items() if name != "id"}
        if minor < 5:
            yield plain
            continue
        name = cell.get("id")
        if not isinstance(name, str) or name in known:
            name = hashlib.sha256(f"{number} {source(cell)}".encode(errors="replace")).hexdigest()[:12]
        known.add(name)
        yield {**plain, "id": name}


def _is_cell(cell: Any) -> bool:
    text = cell.get("source") if isinstance(cell, dict) else None
    lines = isinstance(text, list) and all(isinstance(line, str) for line in text)
    return isinstance(cell, dict) and isinstance(cell.get("cell_type"), str) and (isinstance(text, str) or lines)


def _have_ids(cells: Sequence[Cell]) -> bool:
    ids = [cell.get("id") for cell in cells]
    return all(isinstance(name, str) for name in ids) and len(set(ids)) == len(ids)


def _key(cell: Cell, by_id: bool) -> Any:
    return cell["id"] if by_id else (cell["cell_type"], source(cell))


def _meaning(cell: Cell) -> tuple[Any, ...]:
    metadata = cell.get("metadata")
    kept = {name: value for name, value in metadata.items() if name not in _NOISE} if isinstance(metadata, dict) else {}
    return cell["cell_type"], source(cell), kept, cell.get("attachments") or None


def _minor(notebook: Mapping[str, Any]) -> int:
    found = notebook.get("nbformat_minor")
    return found if isinstance(found, int) else 0
