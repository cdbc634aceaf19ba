"""The cells of both sides of a conflict, as far as these are notebooks that can be taken apart."""

from __future__ import annotations

from typing import Any

from hubshare.centre import Centre
from hubshare.config import MIB
from hubshare.errors import Invalid
from hubshare.store.models import Conflict
from hubshare.sync.notebooks.cells import Piece, pieces, read_notebook
from hubshare.sync.trees import Side

#: Largest notebook that is taken apart by cell, and how many cells may differ.
_BYTES, _PICKS = 1 * MIB, 200


def read_notebooks(centre: Centre, row: Conflict, ours: Side, theirs: Side) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both sides of a conflict as notebooks.

    Raises:
        Invalid: when they are none, or too large.
    """
    if ours is None or theirs is None or not row.path.endswith(".ipynb"):
        raise Invalid("Only two versions of a notebook can be picked from by cell.")
    repository = centre.repositories.open(row.project_id)
    if any((repository.kind_and_size(side.id) or (0, 0))[1] > _BYTES for side in (ours, theirs)):
        raise Invalid(f"The notebook has more than {_BYTES // MIB} MiB: pick one of the two files.")
    mine, published = (read_notebook(repository.read(side.id).data) for side in (ours, theirs))
    return mine, published


def compare_cells(ours: dict[str, Any], theirs: dict[str, Any]) -> list[Piece]:
    """Both notebooks in pieces, of which some differ.

    Raises:
        Invalid: when more differ than anybody would pick one by one.
    """
    found = pieces(ours, theirs)
    if sum(piece.differs for piece in found) > _PICKS:
        raise Invalid(f"More than {_PICKS} cells differ: pick one of the two files.")
    return found
