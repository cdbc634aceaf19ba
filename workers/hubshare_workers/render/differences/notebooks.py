"""The difference of two notebooks, cell by cell: sources, outputs, attachments, metadata, and where cells have moved."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from hubshare.names import count
from hubshare.rendering.results import RenderResult
from hubshare_workers.render import notebook
from hubshare_workers.render.clean import clean_whole
from hubshare_workers.render.differences import texts
from hubshare_workers.render.differences.cell_changes import CellChanges, folded, spelled, values
from hubshare_workers.render.differences.cells import Pairs, pair
from hubshare_workers.render.differences.facts import fact, note
from hubshare_workers.render.differences.lines import Looks
from hubshare_workers.render.failing import Unrenderable
from hubshare_workers.render.texts import text_of

_EMPTY: dict[str, Any] = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}
#: So many cells that differ are shown, and so many characters of HTML of them.
_MOST_CELLS, _MOST_HTML = 500, 16_000_000


def render(inputs: Sequence[bytes], options: Mapping[str, Any]) -> RenderResult:
    """The difference of two notebooks; "" is none.

    Meta: `added`, `removed`, `changed`, `moved` (cells), `metadata` (whether what is not of a cell differs).
    """
    try:
        return _by_cell(inputs, options)
    except (Unrenderable, RecursionError, UnicodeError) as error:
        # What cannot be shown by cell must not be a way to have a change not be shown at all.
        why = f" {error}" if isinstance(error, Unrenderable) else ""
        found = texts.render(inputs, options)
        return RenderResult(found.meta, note(f"They are compared as texts.{why}") + found.html)


def _by_cell(inputs: Sequence[bytes], options: Mapping[str, Any]) -> RenderResult:
    old, new = (notebook.read(data or json.dumps(_EMPTY).encode()) for data in inputs)
    raw = [json.loads(text_of(data)[0]) if data else _EMPTY for data in inputs]
    made = _Cells(texts.looks_of(options), (old.get("metadata"), new.get("metadata")), [_cells(one) for one in raw])
    pairs = pair(old.cells, new.cells)
    cells = "".join(made.parts(old.cells, new.cells, pairs))
    whole = "".join(_whole(raw, (old, new))) if all(inputs) else ""
    html = whole + "".join(map(note, made.notes(bool(whole)))) + cells
    if inputs[0] == inputs[1]:
        html = note("The notebooks are equal, byte by byte.")
    elif not made.differ and not whole:
        html += _rest(inputs, raw, options)
    return RenderResult(
        made.counts | {"metadata": bool(whole)}, clean_whole(f'<div class="hs-difference">{html}</div>')
    )


def _rest(inputs: Sequence[bytes], raw: Sequence[Any], options: Mapping[str, Any]) -> str:
    """What is said where no cell differs, although the files do."""
    if raw[0] == raw[1]:
        return note("Both say the same. The bytes of the files differ: their JSON is spelled in another way.")
    told = note("No cell differs in what a notebook shows. As texts the files differ so:")
    return told + texts.render(inputs, options).html


def _whole(raw: Sequence[Any], read: Sequence[Any]) -> Iterator[str]:
    """What differs and is of no cell."""
    formats = [f"{one.get('nbformat')}.{one.get('nbformat_minor', 0)}" for one in raw]
    if formats[0] != formats[1]:
        yield fact("Notebook format", *formats)
    before, after = (one.get("metadata") if isinstance(one.get("metadata"), dict) else {} for one in read)
    kernels = [_kernel(one) for one in (before, after)]
    if kernels[0] != kernels[1]:
        yield fact("Kernel", *kernels)
    yield from values("Metadata", *(_without_kernel(one) for one in (before, after)))
    known = {"cells", "metadata", "nbformat", "nbformat_minor"}
    yield from values("Notebook", *({name: one[name] for name in one.keys() - known} for one in read))


def _cells(raw: Any) -> Sequence[Any]:
    """The cells as they are in the file, where these are what is read: not of older formats, which have them elsewhere."""
    cells = raw.get("cells") if raw.get("nbformat") == 4 else None
    return cells if isinstance(cells, list) else []


def _without_kernel(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What is not told of the kernel already."""
    kernel = metadata.get("kernelspec")
    if not isinstance(kernel, dict) or "display_name" not in kernel:
        return dict(metadata)
    return {**metadata, "kernelspec": {name: kernel[name] for name in kernel if name != "display_name"}}


def _kernel(metadata: Mapping[str, Any]) -> str:
    kernel = metadata.get("kernelspec")
    kernel = kernel if isinstance(kernel, dict) else {}
    return str(kernel.get("display_name") or kernel.get("name") or "none")


class _Cells:
    """Goes along the cells of both notebooks.

    Attributes:
        counts: how many cells differ, and how.
    """

    def __init__(self, looks: Looks, metadata: Sequence[Any], raw: Sequence[Sequence[Any]]) -> None:
        self.counts = {"added": 0, "removed": 0, "changed": 0, "moved": 0}
        before, after = (notebook.Page(metadata=one) for one in metadata)
        self._changes = CellChanges(before, after, looks)
        self._raw = raw
        self._equal = self._hidden = self._unshown = 0
        self._room = _MOST_HTML

    @property
    def differ(self) -> bool:
        """Whether anything was found, and told."""
        return any(self.counts.values()) or bool(self._changes.runs or self._changes.ids or self._changes.spaces)

    def notes(self, more: bool) -> Iterator[str]:
        """What is told of many cells together.

        Args:
            more: whether something is told that is of no cell.
        """
        found = self._changes
        alone = ((found.runs, "execution count"), (found.ids, "id"), (found.spaces, "white space"))
        for number, what in alone:
            if number:
                yield f"{count(number, 'cell')} {'differ' if number > 1 else 'differs'} only in {what}."
        if self._unshown and (more or self.differ):
            yield f"{count(self._unshown, 'equal cell')}: the file has something else there that a notebook does not show."
        if self._hidden:
            yield f"Of {count(self._hidden, 'more cell')} it is not shown how they differ."

    def parts(self, old: Sequence[Any], new: Sequence[Any], pairs: Pairs) -> Iterator[str]:
        """The HTML of all that differs; runs of equal cells are one line each."""
        for before, after in pairs.order:
            if before is None and after is not None:
                yield from self._one(new[after], "added", after)
            elif before is not None and after is None:
                if before in pairs.moved:
                    to = pairs.moved[before]
                    yield from self._gap()
                    yield note(f"Cell {before + 1} has moved from here: it is cell {to + 1} now.")
                else:
                    yield from self._one(old[before], "removed", before)
            elif before is not None and after is not None:
                yield from self._both(old[before], new[after], before, after, moved=before in pairs.moved)
        yield from self._gap()

    def _gap(self) -> Iterator[str]:
        if self._equal:
            yield note(count(self._equal, "equal cell"))
        self._equal = 0

    def _fits(self) -> bool:
        shown = sum(self.counts.values())
        if shown <= _MOST_CELLS and self._room > 0:
            return True
        self._hidden += 1
        return False

    def _raw_differs(self, before: int, after: int) -> bool:
        """Whether the file has two cells that look the same in different words; False where it is of an older format."""
        old, new = self._raw
        return before < len(old) and after < len(new) and spelled(old[before]) != spelled(new[after])

    def _put(self, cell: Any, sort: str, number: str, inside: str) -> Iterator[str]:
        self._room -= len(inside)
        title = f"{notebook.sort_of(cell)} cell {sort}"
        yield (
            f'<div class="hs-cell hs-{"changed" if sort.startswith("moved") else sort}"><div class="hs-prompt">'
            f"{title} <span>{number}</span></div>{inside}</div>"
        )

    def _one(self, cell: Any, sort: str, at: int) -> Iterator[str]:
        yield from self._gap()
        self.counts[sort] += 1
        if not self._fits():
            return
        inside = self._changes.added(cell) if sort == "added" else self._changes.removed(cell)
        yield from self._put(cell, sort, str(at + 1), inside)

    def _both(self, old: Any, new: Any, before: int, after: int, moved: bool) -> Iterator[str]:
        # What there is no room for is not made.
        full = sum(self.counts.values()) >= _MOST_CELLS or self._room <= 0
        told = self._changes.told
        inside = ("differs" if old != new else "") if full else "".join(self._changes.between(old, new))
        if not inside and not moved:
            self._equal += 1
            self._unshown += told == self._changes.told and self._raw_differs(before, after)
            return
        yield from self._gap()
        sort = "moved" if moved else "changed"
        self.counts[sort] += 1
        if not self._fits():
            return
        if moved:
            sort = f"moved{' and changed' if inside else ''}"
            inside = inside or folded("Source", f'<pre class="hs-raw">{escape(new.source)}</pre>')
        number = f"{before + 1} → {after + 1}" if before != after else str(after + 1)
        yield from self._put(new, sort, number, inside)
