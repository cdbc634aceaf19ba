"""The difference of two texts, line by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hubshare.names import count
from hubshare.rendering.results import RenderResult
from hubshare_workers.render.differences.facts import differing, note
from hubshare_workers.render.differences.lines import Looks, compare_lines, lines_of
from hubshare_workers.render.texts import text_of


def looks_of(options: Mapping[str, Any]) -> Looks:
    """How a difference is asked for."""
    return Looks(split=options.get("layout") == "split", spaces=options.get("spaces") != "ignore")


def render(inputs: Sequence[bytes], options: Mapping[str, Any]) -> RenderResult:
    """The difference of two texts; "" is none. Meta: `added`, `removed` (lines)."""
    sides = [lines_of(text_of(data)[0]) for data in inputs]
    found = compare_lines(sides[0], sides[1], looks_of(options))
    notes = "".join(differing(inputs, sides))
    if not any(inputs):
        notes += note("The file is empty.")
    elif inputs[0] == inputs[1]:
        notes += note("The files are equal, byte by byte.")
    elif found.quiet:
        notes += note(f"{count(found.quiet, 'line')} {'differ' if found.quiet > 1 else 'differs'} only in white space.")
    elif not found.differ and not notes:
        notes += note(_SAME_TEXT)
    notes += "".join(map(note, found.notes))
    return RenderResult({"added": found.added, "removed": found.removed}, notes + found.html)


_SAME_TEXT = "The texts read the same, but the bytes of the files differ: some of them are no text."
