"""JSON as a tree that folds: `<details>`, without scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from hubshare.rendering.results import RenderResult
from hubshare_workers.render.failing import Unrenderable
from hubshare_workers.render.texts import text_of

#: More entries than these are left out, with a note.
_MOST_ENTRIES, _MOST_IN_ONE = 20_000, 1000
_MOST_TEXT = 2000
_MOST_DEPTH = 100
#: Levels that are open at first.
_OPEN = 2


def render(inputs: Sequence[bytes], options: Mapping[str, Any]) -> RenderResult:
    """A JSON file. Meta: `entries` (how many are shown), `cut`."""
    try:
        value = json.loads(text_of(inputs[0])[0])
    except ValueError as error:
        raise Unrenderable("malformed", f"This is not valid JSON: {error}.") from None
    tree = _Tree()
    html = "".join(tree.parts("", value, 0))
    return RenderResult({"entries": tree.entries, "cut": tree.cut}, f'<div class="hs-tree">{html}</div>')


class _Tree:
    """One tree; counts what it has shown."""

    def __init__(self) -> None:
        self.entries, self.cut = 0, False

    def parts(self, name: str, value: Any, depth: int) -> Iterator[str]:
        """The HTML of one entry and all below it."""
        self.entries += 1
        label = f'<span class="hs-key">{escape(_short(name))}</span> ' if name else ""
        if not isinstance(value, dict | list):
            yield f'<div class="hs-leaf">{label}<span class="{_class(value)}">{escape(_short(_plain(value)))}</span></div>'
            return
        what = f"{{{len(value):,}}}" if isinstance(value, dict) else f"[{len(value):,}]"
        yield f'<details{" open" if depth < _OPEN else ""}><summary>{label}<span class="hs-count">{what}</span></summary>'
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for count, (key, one) in enumerate(pairs):
            if count >= _MOST_IN_ONE or self.entries >= _MOST_ENTRIES or depth >= _MOST_DEPTH:
                self.cut = True
                yield f'<div class="hs-note">… {len(value) - count:,} more</div>'
                break
            yield from self.parts(str(key), one, depth + 1)
        yield "</details>"


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _class(value: Any) -> str:
    if isinstance(value, str):
        return "hs-string"
    return "hs-constant" if value is None or isinstance(value, bool) else "hs-figure"


def _short(text: str) -> str:
    return text if len(text) <= _MOST_TEXT else text[:_MOST_TEXT] + " …"
