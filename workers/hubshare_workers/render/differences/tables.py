"""The difference of two tables of separated values, by row and column."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from hubshare.names import count
from hubshare.rendering.results import RenderResult
from hubshare_workers.render.differences import texts
from hubshare_workers.render.differences.alignment import Step, align
from hubshare_workers.render.differences.facts import differing, fact, note
from hubshare_workers.render.differences.lines import compare, lines_of
from hubshare_workers.render.differences.unseen import changed, seen
from hubshare_workers.render.separated import Reading, rows_of
from hubshare_workers.render.texts import text_of

#: Rows around a change, and where columns have come or gone; rows and columns that are shown in all; characters of a cell.
_CONTEXT, _SAMPLE, _MOST_ROWS, _MOST_COLUMNS, _MOST_CELL = 1, 20, 2000, 100, 200


class _Column(NamedTuple):
    """A column of both tables, by its places; None where a table has it not."""

    name: str
    before: int | None
    after: int | None

    @property
    def sort(self) -> str:
        """What has become of it."""
        return "added" if self.before is None else "removed" if self.after is None else "equal"


def render(inputs: Sequence[bytes], options: Mapping[str, Any]) -> RenderResult:
    """The difference of two tables; "" is none. Meta: `added`, `removed`, `changed` (rows), `columns` (how many differ)."""
    sides = [text_of(data)[0] for data in inputs]
    try:
        (old_reading, old), (new_reading, new) = (rows_of(text, str(options.get("suffix", ""))) for text in sides)
    except csv.Error as error:
        told = note(f"They are compared as texts: one of them is no table ({error}).")
        found = texts.render(inputs, options)
        return RenderResult(found.meta, told + found.html)
    made = _Table(old, new)
    html = "".join(made.html())
    notes = "".join(differing(inputs, [lines_of(text) for text in sides]))
    if all(inputs):
        notes += "".join(_written(old_reading, new_reading))
    if inputs[0] == inputs[1]:
        return RenderResult(made.meta, note("The tables are equal, byte by byte."))
    if not made.differ:
        told = note("Every cell is the same. The files differ in how they are written:")
        return RenderResult(made.meta, notes + told + texts.render(inputs, options).html)
    return RenderResult(made.meta, notes + "".join(map(note, made.notes)) + html)


def _written(old: Reading, new: Reading) -> Iterator[str]:
    if old.delimiter != new.delimiter:
        yield fact("Delimiter", *(repr(one.delimiter) for one in (old, new)))
    if old.about != new.about:
        yield note("Comment before the table:") + compare(old.about, new.about).html


class _Table:
    """Two tables, put side by side row by row.

    Attributes:
        notes: what is not shown, in sentences.
    """

    def __init__(self, old: Sequence[Sequence[str]], new: Sequence[Sequence[str]]) -> None:
        self._old, self._new = old[1:], new[1:]
        # Rows may have more cells than the header names.
        heads = ([*side[0], *[""] * (max(map(len, side)) - len(side[0]))] if side else [] for side in (old, new))
        self._columns = list(_columns(*heads))
        both = [(one.before, one.after) for one in self._columns if one.before is not None and one.after is not None]
        self._before, self._after = [before for before, _ in both], [after for _, after in both]
        keys = [[_picked(row, self._before) for row in self._old], [_picked(row, self._after) for row in self._new]]
        self._steps, left_out = align(keys[0], keys[1])
        self.counts = {"added": 0, "removed": 0, "changed": 0}
        self.notes: list[str] = []
        self._hidden = 0
        if any(left_out):
            self.notes.append(
                f"The last {left_out[0]:,} rows before and {left_out[1]:,} after were too many to be compared."
            )

    @property
    def meta(self) -> dict[str, int]:
        """How many rows and columns differ."""
        return self.counts | {"columns": sum(column.sort != "equal" for column in self._columns)}

    @property
    def differ(self) -> bool:
        """Whether any cell does."""
        return any(self.meta.values()) or bool(self.notes)

    def html(self) -> Iterator[str]:
        """The table; notes are complete after it."""
        shown = self._columns[:_MOST_COLUMNS]
        rows = list(self._rows())
        if len(self._columns) > len(shown):
            self.notes.append(f"The first {len(shown)} of {len(self._columns):,} columns are shown.")
        if self._hidden:
            self.notes.append(
                f"{count(self._hidden, 'more changed row')} {'are' if self._hidden > 1 else 'is'} not shown."
            )
        heads = "".join(f'<th scope="col" class="hs-{one.sort}">{_cut(one.name)}</th>' for one in shown)
        yield '<table class="hs-table hs-difference-table"><thead><tr><th></th><th></th>'
        yield f"{heads}</tr></thead><tbody>\n{''.join(rows)}</tbody></table>"

    def _rows(self) -> Iterator[str]:
        room = _MOST_ROWS
        for number, step in enumerate(self._steps):
            if step.same:
                yield from self._around(step, number == 0, number == len(self._steps) - 1)
                continue
            for before, after in self._pairs(step):
                sort = "added" if before is None else "removed" if after is None else "changed"
                self.counts[sort] += 1
                room -= 1
                if room >= 0:
                    yield self._row(sort, before, after)
                else:
                    self._hidden += 1

    def _around(self, step: Step, first: bool, last: bool) -> Iterator[str]:
        """Some rows before and after a change."""
        size = step.end - step.start
        some = _SAMPLE if first and any(one.sort != "equal" for one in self._columns) else 0 if first else _CONTEXT
        after = min(some, size)
        before = 0 if last else min(_CONTEXT, size - after)
        for at in range(after):
            yield self._row("equal", step.start + at, step.begin + at)
        if size > after + before:
            left = size - after - before
            yield f'<tr class="hs-gap"><td colspan="{2 + len(self._columns)}">{count(left, "equal row")}</td></tr>\n'
        for at in range(size - before, size):
            yield self._row("equal", step.start + at, step.begin + at)

    def _pairs(self, step: Step) -> Iterator[tuple[int | None, int | None]]:
        """Which rows of a change are versions of one another: those that begin alike, or all where there are as many."""
        if step.end - step.start == step.stop - step.begin:
            yield from zip(range(step.start, step.end), range(step.begin, step.stop), strict=True)
            return
        named = [_picked(self._old[at], self._before[:1]) for at in range(step.start, step.end)]
        others = [_picked(self._new[at], self._after[:1]) for at in range(step.begin, step.stop)]
        for part in align(named, others).steps:
            if part.same:
                for at in range(part.end - part.start):
                    yield step.start + part.start + at, step.begin + part.begin + at
            else:
                yield from ((step.start + at, None) for at in range(part.start, part.end))
                yield from ((None, step.begin + at) for at in range(part.begin, part.stop))

    def _row(self, sort: str, before: int | None, after: int | None) -> str:
        numbers = "".join(
            f'<th scope="row" class="hs-number">{"" if at is None else f"{at + 1:,}"}</th>' for at in (before, after)
        )
        cells = "".join(self._cell(column, before, after) for column in self._columns[:_MOST_COLUMNS])
        return f'<tr class="hs-{sort}">{numbers}{cells}</tr>\n'

    def _cell(self, column: _Column, before: int | None, after: int | None) -> str:
        old = _at(self._old[before], column.before) if before is not None else ""
        new = _at(self._new[after], column.after) if after is not None else ""
        if column.sort != "equal":
            there = after if column.before is None else before
            return f'<td class="hs-{column.sort}">{_cut(old or new)}</td>' if there is not None else "<td></td>"
        if before is None or after is None or old == new:
            return f"<td>{_cut(new or old)}</td>"
        return f'<td class="hs-changed">{" ".join(changed(old, new, _MOST_CELL))}</td>'


def _columns(old: Sequence[str], new: Sequence[str]) -> Iterator[_Column]:
    """The columns of both, in one order; one that has another name is gone, and another one is there."""
    for step in align(old, new).steps:
        if step.same:
            for at in range(step.end - step.start):
                yield _Column(new[step.begin + at], step.start + at, step.begin + at)
        else:
            yield from (_Column(old[at], at, None) for at in range(step.start, step.end))
            yield from (_Column(new[at], None, at) for at in range(step.begin, step.stop))


def _picked(row: Sequence[str], places: Sequence[int]) -> tuple[str, ...]:
    return tuple(_at(row, place) for place in places)


def _at(row: Sequence[str], place: int | None) -> str:
    return row[place] if place is not None and place < len(row) else ""


def _cut(text: str) -> str:
    return seen(text if len(text) <= _MOST_CELL else text[:_MOST_CELL] + " …")
