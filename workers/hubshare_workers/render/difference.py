"""What differs between two versions of a file: of text by line, of a notebook by cell (nbdime finds which belong together)."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from html import escape
from typing import Any

from nbdime import diff_notebooks, patch

from hubshare.rendering.results import RenderResult
from hubshare_workers.render import notebook
from hubshare_workers.render.clean import clean_whole
from hubshare_workers.render.failing import Unrenderable
from hubshare_workers.render.texts import text_of

#: Lines around a change.
_CONTEXT = 3
_MOST_LINE = 2000
#: Comparing takes time that grows with the product of the lines that differ.
_MOST_LINES = 40_000
_EMPTY = b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}'


def render_texts(inputs: Sequence[bytes], options: Mapping[str, Any]) -> RenderResult:
    """The difference of two texts; "" is none. Meta: `added`, `removed` (lines)."""
    old, new = (text_of(data)[0].splitlines() for data in inputs)
    if len(old) + len(new) > _MOST_LINES:
        raise Unrenderable(
            "too-large", f"The texts have more than {_MOST_LINES:,} lines; their difference is not shown."
        )
    lines = compare(old, new)
    meta = {"added": lines.added, "removed": lines.removed}
    return RenderResult(
        meta, lines.html if lines.added or lines.removed else '<p class="hs-note">The texts are equal.</p>'
    )


def render_notebooks(inputs: Sequence[bytes], options: Mapping[str, Any]) -> RenderResult:
    """The difference of two notebooks; "" is none.

    Meta: `added`, `removed`, `changed` (cells), `metadata` (whether that of the notebook differs).
    """
    old, new = (notebook.read(data or _EMPTY) for data in inputs)
    difference = diff_notebooks(old, new)
    cells: Sequence[Any] = next((one.diff for one in difference if one.key == "cells"), [])
    made = _Cells()
    html = "".join(made.parts(old.cells, cells))
    meta = made.counts | {"metadata": any(one.key == "metadata" for one in difference)}
    if not any(made.counts.values()):
        html = '<p class="hs-note">The cells are equal.</p>'
    return RenderResult(meta, clean_whole(f'<div class="hs-difference">{html}</div>'))


@dataclass(frozen=True)
class Lines:
    """A difference by line, as a table."""

    added: int
    removed: int
    html: str


def compare(old: Sequence[str], new: Sequence[str], context: int = _CONTEXT) -> Lines:
    """The changed lines of two texts, with some around them."""
    rows: list[str] = []
    added = removed = 0
    for group in SequenceMatcher(None, old, new, autojunk=len(old) + len(new) > 2000).get_grouped_opcodes(context):
        first = group[0]
        rows.append(f'<tr class="hs-gap"><td colspan="4">line {first[3] + 1}</td></tr>')
        for sort, start, end, begin, stop in group:
            if sort == "equal":
                pairs = zip(range(start, end), range(begin, stop), strict=True)
                rows += [_row("", left + 1, right + 1, new[right]) for left, right in pairs]
                continue
            removed, added = removed + end - start, added + stop - begin
            rows += [_row("removed", left + 1, None, old[left]) for left in range(start, end)]
            rows += [_row("added", None, right + 1, new[right]) for right in range(begin, stop)]
    return Lines(added, removed, f'<table class="hs-code hs-difference-lines"><tbody>\n{"".join(rows)}</tbody></table>')


def _row(sort: str, left: int | None, right: int | None, text: str) -> str:
    sign = {"added": "+", "removed": "−"}.get(sort, " ")
    text = text if len(text) <= _MOST_LINE else text[:_MOST_LINE] + " …"
    return (
        f'<tr class="hs-{sort or "equal"}"><td class="hs-number">{left or ""}</td><td class="hs-number">{right or ""}</td>'
        f'<td class="hs-sign">{sign}</td><td><pre>{escape(text)}</pre></td></tr>\n'
    )


class _Cells:
    """Goes along the cells of the older notebook and what nbdime says of them."""

    def __init__(self) -> None:
        self.counts = {"added": 0, "removed": 0, "changed": 0}
        self._page = notebook.Page()
        self._equal = 0

    def parts(self, cells: Sequence[Any], steps: Sequence[Any]) -> Iterator[str]:
        """The HTML of all that differs; runs of equal cells are one line each."""
        place = 0
        for step in steps:
            self._equal += step.key - place
            place = step.key
            if step.op == "addrange":
                for cell in step.valuelist:
                    yield from self._whole(cell, "added")
            elif step.op == "removerange":
                for cell in cells[step.key : step.key + step.length]:
                    yield from self._whole(cell, "removed")
                place += step.length
            else:
                yield from self._changed(cells[step.key], patch(copy.deepcopy(cells[step.key]), step.diff))
                place += 1
        self._equal += len(cells) - place
        yield from self._gap()

    def _gap(self) -> Iterator[str]:
        if self._equal:
            yield f'<p class="hs-note">{self._equal:,} equal cell{"s" if self._equal > 1 else ""}</p>'
        self._equal = 0

    def _whole(self, cell: Any, sort: str) -> Iterator[str]:
        yield from self._gap()
        self.counts[sort] += 1
        lines = cell.source.splitlines()
        table = compare([], lines) if sort == "added" else compare(lines, [])
        yield _cell(cell, sort, table.html + self._outputs(cell, "Outputs"))

    def _changed(self, old: Any, new: Any) -> Iterator[str]:
        inside = ""
        if old.source != new.source:
            inside += compare(old.source.splitlines(), new.source.splitlines()).html
        if old.get("outputs") != new.get("outputs"):
            inside += self._outputs(old, "Outputs before") + self._outputs(new, "Outputs after")
        if old.metadata != new.metadata:
            inside += '<p class="hs-note">The metadata of this cell differ.</p>'
        if not inside:
            # Only the count of executions, or the id.
            self._equal += 1
            return
        yield from self._gap()
        self.counts["changed"] += 1
        yield _cell(new, "changed", inside)

    def _outputs(self, cell: Any, title: str) -> str:
        shown = "".join(f'<div class="hs-output">{self._page.output(one)}</div>' for one in cell.get("outputs", ()))
        return f'<details class="hs-outputs"><summary>{title}</summary>{shown}</details>' if shown else ""


def _cell(cell: Any, sort: str, inside: str) -> str:

    return f'<div class="hs-cell hs-{sort}"><div class="hs-prompt">{notebook.sort_of(cell)} cell {sort}</div>{inside}</div>'
