"""Notebooks of any length, a part at a time: the first one says where the others lie, and these are made of their own bytes.

Also the whole of one output, of which a part shows the beginning.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from nbconvert.preprocessors import CoalesceStreamsPreprocessor

from hubshare.config import KIB, MIB
from hubshare.rendering.results import RenderResult
from hubshare_workers.render import clean, conflicted, notebook
from hubshare_workers.render.failing import Unrenderable
from hubshare_workers.render.markdown import Outline, add_headings, may_have_headings
from hubshare_workers.render.notebook_layout import Buffer, Layout, layout
from hubshare_workers.render.texts import text_of

#: What is no notebook of format 4 is read whole, up to this.
_MOST_WHOLE = 32 * MIB
#: Headings of later parts are looked for until there are so many, or so many bytes were read; a page lists no more.
_MOST_HEADINGS, _MOST_TEXTS = 1000, 1 * MIB
#: Anchors that a part is told to be taken, as JSON.
_MOST_TAKEN = 8 * KIB


def render(inputs: Sequence[Buffer], options: Mapping[str, Any]) -> RenderResult:
    """A part of a notebook, or one output.

    The first part is made by going through all of the notebook; of it what is no notebook of format 4 is all, see
    `conflicted.render`. The others get their own cells alone, and one output its cell.

    Meta: as of `notebook.render`, `cells` and, of the first part, `outline` of the whole notebook; of each output in `long`
    also `start` and `end` of its cell in the file. Of the first part `starts`, `ends` and `firsts`: where each part lies in
    the file, and the number of its first cell; `ids`: the ids of the cells of each part, with spaces between; `taken`: by
    number of a part the anchors that headings before it have; and `lexer`. Of a later one `part`, of headings in later ones
    `part`.
    """
    if "output" in options:
        return _one_output(inputs[0], options)
    if "start" in options:
        return _later(inputs[0], options)
    try:
        found = layout(inputs[0])
    except (ValueError, RecursionError):
        if len(inputs[0]) > _MOST_WHOLE:
            raise Unrenderable("malformed", "This is not a notebook: it is not valid, or of an old format.") from None
        return conflicted.render([inputs[0][:]], options)
    return _first(inputs[0], found)


def _first(data: Buffer, found: Layout) -> RenderResult:
    firsts = [0] if found.is_whole else found.parts()
    # Where cells are on no page, the last part ends where the next one would begin.
    behind = [*firsts[1:], len(found.starts)]
    starts, ends = [found.starts[cell] for cell in firsts], [found.ends[cell - 1] for cell in behind]
    about = found.about.get("metadata")
    about = {name: about.get(name) for name in ("language_info", "kernelspec")} if isinstance(about, dict) else {}
    page = notebook.Page()
    result = notebook.show(_read(data[starts[0] : ends[0]], about), page)
    taken = _outline(data, found, firsts, page.outline)
    places = {cell + 1: {"start": found.starts[cell], "end": found.ends[cell]} for cell in range(firsts[0], behind[0])}
    meta = result.meta | {
        "cells": found.total,
        "lexer": page.lexer,
        "long": [one | places[one["cell"]] for one in page.long],
        "starts": starts,
        "ends": ends,
        "firsts": [cell + 1 for cell in firsts],
        "taken": taken,
    }
    if len(firsts) > 1:
        parts = zip(firsts, behind, strict=True)
        meta["ids"] = [" ".join(found.ids[cell] for cell in range(*part) if cell in found.ids) for part in parts]
    return RenderResult(meta, result.html)


def _outline(data: Buffer, found: Layout, firsts: Sequence[int], outline: Outline) -> dict[str, str]:
    """Add the headings of all later parts; which of their anchors are taken by parts before, as JSON, by number of the part."""
    taken: dict[str, str] = {}
    read, part, before = 0, 1, dict[str, int]()
    for cell in found.texts[bisect_right(found.texts, firsts[1] - 1) if len(firsts) > 1 else len(found.texts) :]:
        raw = data[found.starts[cell] : found.ends[cell]]
        read += len(raw)
        if read > _MOST_TEXTS or len(outline.entries) >= _MOST_HEADINGS:
            break
        source = _source(raw)
        if not may_have_headings(source):
            continue
        lies_in = bisect_right(firsts, cell)
        if lies_in != part:
            part, before = lies_in, dict(outline.taken)
        known = len(outline.entries)
        add_headings(source, outline)
        for entry in outline.entries[known:]:
            entry["part"] = part
        names = {name for entry in outline.entries[known:] for name in _names(entry["text"])} & before.keys()
        if names:
            already = json.loads(taken.get(str(part), "{}"))
            written = json.dumps(already | {name: before[name] for name in names})
            if len(written) <= _MOST_TAKEN:
                taken[str(part)] = written
    return taken


def _names(text: str) -> tuple[str, str]:
    return clean.anchor(text), clean.jupyter_anchor(text)


def _source(raw: bytes) -> str:
    """The text of a cell, as far as it has one."""
    source = json.loads(text_of(raw)[0], strict=False).get("source")
    return source if isinstance(source, str) else "".join(map(str, source)) if isinstance(source, list) else ""


def _later(data: Buffer, options: Mapping[str, Any]) -> RenderResult:
    first = int(options["cell"])
    page = notebook.Page(taken=json.loads(options["taken"]))
    result = notebook.show(_read(data[:], _about(options)), page, first)
    places = _places(data, int(options["start"]), first) if page.long else {}
    meta = result.meta | {"part": options["part"], "long": [one | places[one["cell"]] for one in page.long]}
    return RenderResult(meta, result.html)


def _places(data: Buffer, start: int, first: int) -> dict[int, dict[str, int]]:
    """Where the cells of a part lie in the file, by their numbers."""
    opening = b'{"nbformat": 4, "cells": ['
    found = layout(opening + data[:] + b"]}")
    moved = start - len(opening)
    return {
        number: {"start": begin + moved, "end": end + moved}
        for number, (begin, end) in enumerate(zip(found.starts, found.ends, strict=True), first)
    }


def _one_output(data: Buffer, options: Mapping[str, Any]) -> RenderResult:
    read = _read(data[:], _about(options))
    # Outputs have their numbers after this.
    read, _ = CoalesceStreamsPreprocessor().preprocess(read, {})  # type: ignore[no-untyped-call]
    outputs, number = read.cells[0].get("outputs", []), int(options["output"])
    if not 1 <= number <= len(outputs):
        raise Unrenderable("missing", "There is no such output.")
    page = notebook.Page(whole=True)
    html = f'<div class="hs-output"><div class="hs-prompt"></div>{page.output(outputs[number - 1])}</div>'
    return RenderResult({}, clean.clean_whole(f'<div class="hs-notebook">{html}</div>'))


def _about(options: Mapping[str, Any]) -> dict[str, Any]:
    return {"language_info": {"name": options["language"], "pygments_lexer": options["lexer"]}}


def _read(cells: bytes, metadata: Mapping[str, Any]) -> Any:
    """Some cells of a notebook, as a notebook.

    Args:
        cells: as they stand in the file, with commas between them.
    """
    try:
        read = json.loads(f"[{text_of(cells)[0]}]", strict=False)
    except ValueError as error:
        raise Unrenderable("malformed", f"This part of the notebook is not valid JSON ({error}).") from None
    return notebook.read_from({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": read})
