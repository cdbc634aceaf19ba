"""Notebooks, also with git's conflict markers in them: of such a file what differs between the two sides is shown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from hubshare.rendering.results import RenderResult
from hubshare_workers.render import notebook
from hubshare_workers.render.differences import notebooks
from hubshare_workers.render.failing import Unrenderable
from hubshare_workers.render.texts import text_of

_MARKER = re.compile(r"^(<{7}|={7}|>{7}|\|{7})(?: (.*))?$")


def render(inputs: Sequence[bytes], options: Mapping[str, Any]) -> RenderResult:
    """A notebook as a clean fragment, see `notebook.render`; of one with conflict markers the difference of its sides."""
    try:
        return notebook.render(inputs, options)
    except Unrenderable:
        found = _sides(text_of(inputs[0])[0])
        if found is None:
            raise
    ours, theirs, names = found
    shown = notebooks.render([ours.encode(), theirs.encode()], {})
    words = "git has left a conflict in this file: what only {} has is marked as removed, what only {} has as added."
    return RenderResult({"conflict": names}, f'<p class="hs-note">{escape(words.format(*names))}</p>{shown.html}')


def _sides(text: str) -> tuple[str, str, list[str]] | None:
    """What the file is on each side, and what git calls them; None where there are no whole conflicts in it."""
    sides: tuple[list[str], list[str]] = ([], [])
    names = ["", ""]
    at, seen = "both", 0
    for line in text.splitlines():
        marker = _MARKER.match(line)
        if marker is None:
            for side, place in zip(sides, ("ours", "theirs"), strict=True):
                if at in ("both", place):
                    side.append(line)
            continue
        before, at = at, {"<": "ours", "|": "base", "=": "theirs", ">": "both"}[line[0]]
        if (before, at) not in _FOLLOWS:
            return None
        if at != "theirs" and at != "base":
            names[at == "both"] = names[at == "both"] or (marker[2] or "")[:100]
        seen += at == "both"
    if at != "both" or not seen:
        return None
    return "\n".join(sides[0]), "\n".join(sides[1]), [names[0] or "the first side", names[1] or "the second side"]


_FOLLOWS = {("both", "ours"), ("ours", "base"), ("ours", "theirs"), ("base", "theirs"), ("theirs", "both")}
