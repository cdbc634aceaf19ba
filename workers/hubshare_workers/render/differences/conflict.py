"""The cells of both sides of a conflict as they look, and what differs in each, in the pieces of which a person picks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import nbformat

from hubshare.errors import Invalid
from hubshare.rendering.results import RenderResult
from hubshare.sync.notebooks.cells import Piece, pieces, read_notebook
from hubshare_workers.render import notebook
from hubshare_workers.render.clean import clean_whole
from hubshare_workers.render.differences.cell_changes import CellChanges, outputs
from hubshare_workers.render.differences.lines import Looks
from hubshare_workers.render.failing import Unrenderable


def render(inputs: Sequence[bytes], options: Mapping[str, Any]) -> RenderResult:
    """Both sides, one's own first, piece by piece.

    Meta: `pieces`, each with the HTML of `ours`, `theirs`, and `difference` (from theirs to ours); "" for what is not there.
    """
    try:
        ours, theirs = (read_notebook(data) for data in inputs)
        shown = _Sides(ours.get("metadata"), theirs.get("metadata"))
        return RenderResult({"pieces": [shown.piece(one) for one in pieces(ours, theirs)]})
    except (Invalid, AttributeError, KeyError, TypeError, ValueError) as error:
        raise Unrenderable("malformed", "The cells of these notebooks cannot be shown.") from error


class _Sides:
    def __init__(self, ours: Any, theirs: Any) -> None:
        self._ours, self._theirs = notebook.Page(metadata=ours), notebook.Page(metadata=theirs)
        self._changes = CellChanges(self._theirs, self._ours, Looks())

    def piece(self, one: Piece) -> dict[str, str]:
        mine, published = (cell and notebook.straightened(nbformat.from_dict(cell)) for cell in one)  # type: ignore[no-untyped-call]
        made = {"ours": "", "theirs": _looks(self._theirs, published), "difference": ""}
        if one.differs:
            made["ours"] = _looks(self._ours, mine)
            if mine and published:
                made["difference"] = "".join(self._changes.between(published, mine))
        return {
            name: clean_whole(f'<div class="hs-difference">{html}</div>') if html else "" for name, html in made.items()
        }


def _looks(page: notebook.Page, cell: Any) -> str:
    """A cell as in a notebook; "" for none."""
    if cell is None:
        return ""
    sort = notebook.sort_of(cell)
    if sort == "markdown":
        shown = f'<div class="hs-markdown">{page.text(cell)}</div>'
    elif sort == "raw":
        shown = f'<pre class="hs-raw">{escape(cell.source)}</pre>'
    else:
        shown = page.code(cell) + outputs(cell, page)
    return f'<div class="hs-notebook">{shown}</div>'
