"""The difference of two notebooks, cell by cell: sources, outputs, attachments, metadata, and where cells have moved."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from hubshare.names import count
from hubshare.rendering.results import RenderResult
from hubshare_workers.render import notebook
from hubshare_workers.render.clean import clean_whole
from hubshare_workers.render.differences import texts
from hubshare_workers.render.differences.cells import Pairs, pair
from hubshare_workers.render.differences.facts import fact, note
from hubshare_workers.render.differences.lines import Looks, compare
from hubshare_workers.render.failing import Unrenderable
from hubshare_workers.render.pictures import shown
from hubshare_workers.render.texts import text_of

_EMPTY: dict[str, Any] = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}
#: So many cells that differ are shown, and so many characters of HTML of them.
_MOST_CELLS, _MOST_HTML = 500, 16_000_000
#: Of a value of metadata so much is told, and of so many.
_MOST_VALUE, _MOST_VALUES = 120, 40
#: What is shown in a way of its own, or means nothing to anybody.
_SHOWN = frozenset({"cell_type", "source", "outputs", "metadata", "attachments", "execution_count", "id"})


def render(inputs: Sequence[bytes], options: Mapping[str, Any]) -> RenderResult:
    """The difference of two notebooks; "" is none.

    Meta: `added`, `removed`, `changed`, `moved` (cells), `metadata` (whether what is not of a cell differs).
    """
    try:
        old, new = (notebook.read(data or json.dumps(_EMPTY).encode()) for data in inputs)
        raw = [json.loads(text_of(data)[0]) if data else _EMPTY for data in inputs]
    except Unrenderable as error:
        told = note(f"They are compared as texts. {error}")
        found = texts.render(inputs, options)
        return RenderResult(found.meta, told + found.html)
    made = _Cells(texts.looks_of(options), (old.get("metadata"), new.get("metadata")))
    pairs = pair(old.cells, new.cells)
    cells = "".join(made.parts(old.cells, new.cells, pairs))
    whole = "".join(_whole(raw, (old, new))) if all(inputs) else ""
    html = whole + "".join(map(note, made.notes())) + cells
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
    yield from _values("Metadata", *(_without_kernel(one) for one in (before, after)))
    known = {"cells", "metadata", "nbformat", "nbformat_minor"}
    yield from _values("Notebook", *({name: one[name] for name in one.keys() - known} for one in read))


def _without_kernel(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What is not told of the kernel already."""
    kernel = metadata.get("kernelspec")
    if not isinstance(kernel, dict) or "display_name" not in kernel:
        return dict(metadata)
    return {**metadata, "kernelspec": {name: kernel[name] for name in kernel if name != "display_name"}}


def _kernel(metadata: Mapping[str, Any]) -> str:
    kernel = metadata.get("kernelspec")
    kernel = kernel if isinstance(kernel, dict) else {}
    return str(kernel.get("display_name") or kernel.get("name") or "none")[:_MOST_VALUE]


def _values(title: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """What differs of two dictionaries, name by name, as deep as these go."""
    found = list(_leaves((), before, after))
    for path, one, other in found[:_MOST_VALUES]:
        yield fact(f"{title} {'.'.join(path)}"[:_MOST_VALUE], _told(one), _told(other))
    if len(found) > _MOST_VALUES:
        yield note(f"{title}: {len(found) - _MOST_VALUES:,} more values differ.")


_NONE = object()


def _leaves(path: tuple[str, ...], before: Any, after: Any) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    if isinstance(before, dict) and isinstance(after, dict) and len(path) < 4:
        for name in sorted({*map(str, before), *map(str, after)}):
            yield from _leaves((*path, name), before.get(name, _NONE), after.get(name, _NONE))
    elif before is _NONE or after is _NONE or _spelled(before) != _spelled(after):
        yield path, before, after


def _spelled(value: Any) -> str:
    """A value so that what differs differs: 1 is not 1.0, nor True."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _told(value: Any) -> str:
    if value is _NONE:
        return "not there"
    text = value if isinstance(value, str) else _spelled(value)
    return text if len(text) <= _MOST_VALUE else text[:_MOST_VALUE] + " …"


class _Cells:
    """Goes along the cells of both notebooks.

    Attributes:
        counts: how many cells differ, and how.
    """

    def __init__(self, looks: Looks, metadata: Sequence[Any]) -> None:
        self.counts = {"added": 0, "removed": 0, "changed": 0, "moved": 0}
        self._looks = looks
        self._pages = [notebook.Page(metadata=one) for one in metadata]
        self._equal = self._runs = self._ids = self._hidden = self._spaces = self._room = 0
        self._room = _MOST_HTML

    @property
    def differ(self) -> bool:
        """Whether anything was found, and told."""
        return any(self.counts.values()) or bool(self._runs or self._ids or self._spaces)

    def notes(self) -> Iterator[str]:
        """What is told of many cells together."""
        alone = ((self._runs, "execution count"), (self._ids, "id"), (self._spaces, "white space"))
        for number, what in alone:
            if number:
                yield f"{count(number, 'cell')} {'differ' if number > 1 else 'differs'} only in {what}."
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
        old, new = ("", cell.source) if sort == "added" else (cell.source, "")
        page = self._pages[sort == "added"]
        inside = (
            compare(old, new, self._looks).html + self._attached(cell) + _folded("Outputs", self._outputs(cell, page))
        )
        yield from self._put(cell, sort, str(at + 1), inside)

    def _both(self, old: Any, new: Any, before: int, after: int, moved: bool) -> Iterator[str]:
        inside = "".join(self._changes(old, new))
        if not inside and not moved:
            self._equal += 1
            return
        yield from self._gap()
        sort = "moved" if moved else "changed"
        self.counts[sort] += 1
        if not self._fits():
            return
        if moved:
            sort = f"moved{' and changed' if inside else ''}"
            inside = inside or _folded("Source", f'<pre class="hs-raw">{escape(new.source)}</pre>')
        number = f"{before + 1} → {after + 1}" if before != after else str(after + 1)
        yield from self._put(new, sort, number, inside)

    def _changes(self, old: Any, new: Any) -> Iterator[str]:
        """What differs of two versions of a cell; what is told of many cells together is counted alone."""
        found = False
        if old.cell_type != new.cell_type:
            yield fact("Type", old.cell_type, new.cell_type)
            found = True
        if old.source != new.source:
            lines = compare(old.source, new.source, self._looks)
            inside = lines.html or ("" if lines.quiet else note("Its source differs in how lines end."))
            self._spaces += not inside
            found |= bool(inside)
            yield inside + "".join(map(note, lines.notes))
        for part in (*self._attachments(old, new), *_values("Metadata", old.metadata, new.metadata)):
            found = True
            yield part
        rest = ({name: cell[name] for name in cell.keys() - _SHOWN} for cell in (old, new))
        for part in _values("Cell", *rest):
            found = True
            yield part
        if _spelled(_unnumbered(old)) != _spelled(_unnumbered(new)):
            found = True
            yield self._two(
                "Outputs", *(self._outputs(cell, page) for cell, page in zip((old, new), self._pages, strict=True))
            )
        elif not found:
            self._runs += _spelled(_numbers(old)) != _spelled(_numbers(new))
            self._ids += old.get("id") != new.get("id") and _spelled(_numbers(old)) == _spelled(_numbers(new))

    def _outputs(self, cell: Any, page: notebook.Page) -> str:
        return "".join(
            f'<div class="hs-output"><div></div><div>{_part(page, one)}</div></div>' for one in cell.get("outputs", ())
        )

    def _attached(self, cell: Any) -> str:
        return "".join(self._attachments({}, cell))

    def _attachments(self, old: Any, new: Any) -> Iterator[str]:
        before, after = (_bundles(cell) for cell in (old, new))
        for name in sorted(before.keys() | after.keys()):
            if _spelled(before.get(name)) != _spelled(after.get(name)):
                what = "added" if name not in before else "removed" if name not in after else "changed"
                sides = [_attachment(side.get(name)) for side in (before, after)]
                yield self._two(f"Attachment {name[:_MOST_VALUE]} {what}", *sides)

    def _two(self, title: str, before: str, after: str) -> str:
        """Both versions of what is no text, beside each other; folded, since they may be long."""
        sides = ((note("Before"), before), (note("After"), after))
        shown = "".join(f"<div>{name}{side or note('None.')}</div>" for name, side in sides)
        return _folded(title, f'<div class="hs-pair">{shown}</div>')


def _folded(title: str, inside: str) -> str:
    if not inside:
        return ""
    return f'<details class="hs-outputs"><summary>{escape(title)}</summary>{inside}</details>'


def _part(page: notebook.Page, output: Any) -> str:
    """An output, or a word in its place."""
    try:
        return page.output(output)
    except (AttributeError, KeyError, TypeError, ValueError):
        return note("This output is damaged.")


def _unnumbered(cell: Any) -> list[Any]:
    """The outputs without the numbers of their runs."""
    return [{name: one[name] for name in one if name != "execution_count"} for one in cell.get("outputs", ())]


def _numbers(cell: Any) -> list[Any]:
    return [cell.get("execution_count"), *(one.get("execution_count") for one in cell.get("outputs", ()))]


def _bundles(cell: Any) -> dict[str, Any]:
    found = cell.get("attachments")
    return {str(name): found[name] for name in found} if isinstance(found, dict) else {}


def _attachment(bundle: Any) -> str:
    """What is attached, as a picture where it is one."""
    if not isinstance(bundle, dict):
        return ""
    parts: Iterable[tuple[str, Any]] = ((str(kind), data) for kind, data in bundle.items())
    said = []
    for kind, data in parts:
        text = "".join(map(str, data)) if isinstance(data, list) else str(data)
        picture = shown(kind, text) if kind in notebook.PICTURES else None
        said.append((picture or "") + note(f"{kind}, {len(text):,} characters"))
    return "".join(said)
