"""JSON as a tree that folds: `<details>`, without scripts. Numbers are spelled, and names repeated, as in the file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from hubshare.rendering.kinds import BEGINNING, Kind
from hubshare.rendering.results import RenderResult
from hubshare_workers.render import code
from hubshare_workers.render.texts import text_of

#: More entries than these are left out, with a note.
_MOST_ENTRIES, _MOST_IN_ONE = 20_000, 1000
_MOST_TEXT = 2000
_MOST_DEPTH = 100
#: Levels that are open at first.
_OPEN = 2
#: What JSON says in words, and what is left of a number or an escape that ends too early.
_WORDS = ("true", "false", "null", "NaN", "Infinity", "-Infinity")
_BROKEN_OFF = re.compile(r"-|\.|(?:\.\d+)?[eE][-+]?|\\?u[0-9a-fA-F]{0,3}")
_OPEN_TEXT = "Unterminated string"


class _Spelled(str):
    """A number as it is spelled in the file."""


class _BrokenLine(json.JSONDecodeError):
    """Where JSON Lines break off."""


class _Members(list[tuple[str, Any]]):
    """The members of an object in their order, repeated ones too."""


def render(inputs: Sequence[bytes], options: Mapping[str, Any]) -> RenderResult:
    """A JSON file, or one of JSON in each line; as text where it is neither.

    Meta: `entries` (how many are shown), `cut`; of a text those of code, and `broken` (why it is no JSON).
    """
    text = text_of(inputs[0])[0]
    try:
        value = _read(text)
    except (ValueError, RecursionError) as error:
        try:
            value = _read_lines(text)
        except _BrokenLine as broken:
            return _as_text(inputs[0], broken)
        except (ValueError, RecursionError):
            return _as_text(inputs[0], error)
    tree = _Tree()
    html = "".join(tree.parts(None, value, 0))
    return RenderResult({"entries": tree.entries, "cut": tree.cut}, f'<div class="hs-tree">{html}</div>')


def _read(text: str) -> Any:
    return json.loads(
        text, parse_int=_Spelled, parse_float=_Spelled, parse_constant=_Spelled, object_pairs_hook=_Members
    )


def _read_lines(text: str) -> list[Any]:
    """What JSON Lines holds.

    Raises:
        _BrokenLine: the lines before one are JSON, and that is not.
        ValueError: it is none: the first line is no JSON, or there is one line only, or none.
    """
    values, at = list[Any](), 0
    for line in text.split("\n"):
        if line.strip():
            try:
                values.append(_read(line))
            except json.JSONDecodeError as error:
                if not values:
                    raise
                raise _BrokenLine(error.msg, text, at + error.pos) from error
        at += len(line) + 1
    if len(values) < 2:
        raise ValueError("not several lines")
    return values


def _as_text(data: bytes, error: Exception) -> RenderResult:
    shown = code.render([data[: BEGINNING[Kind.CODE] + 1]], {"name": "a.json"})
    if isinstance(error, json.JSONDecodeError):
        words = _where(error)
    else:
        words = (
            "This is nested too deeply to be shown as a tree."
            if isinstance(error, RecursionError)
            else escape(str(error))
        )
    note = f'<p class="hs-note">{words}</p>' if data.strip() else ""
    return RenderResult(shown.meta | {"broken": str(error)[:200]}, note + shown.html)


def _where(error: json.JSONDecodeError) -> str:
    """What is wrong with a file, and where, with a link to its line."""
    what = "JSON Lines" if isinstance(error, _BrokenLine) else "JSON"
    end = len(error.doc.rstrip())
    rest = error.doc[error.pos : end]
    is_text = error.msg.startswith(_OPEN_TEXT)
    is_cut = is_text or any(word.startswith(rest) for word in _WORDS) or _BROKEN_OFF.fullmatch(rest)
    # Behind its end there is no line.
    line = error.doc.count("\n", 0, end) + 1 if is_cut else error.lineno
    where = f'<a href="#L{line}">line {line}</a>'
    if is_cut:
        inside = f", within the text that begins at column {error.colno}" if is_text else ""
        return f"This is not valid {what}: it breaks off at the end of {where}{inside}."
    message = escape(error.msg.removesuffix(" at"))
    return f"This is not valid {what}: {message} at {where}, column {error.colno}."


class _Tree:
    """One tree; counts what it has shown."""

    def __init__(self) -> None:
        self.entries, self.cut = 0, False

    def parts(self, name: str | None, value: Any, depth: int) -> Iterator[str]:
        """The HTML of one entry, which has a name unless it is the file itself, and all below it."""
        self.entries += 1
        words = "" if name is None else escape(_short(_written(name))) or "&quot;&quot;"
        label = words and f'<span class="hs-key">{words}</span> '
        if not isinstance(value, list):
            yield f'<div class="hs-leaf">{label}<span class="{_class(value)}">{escape(_short(_plain(value)))}</span></div>'
            return
        what = f"{{{len(value):,}}}" if isinstance(value, _Members) else f"[{len(value):,}]"
        yield f'<details{" open" if depth < _OPEN else ""}><summary>{label}<span class="hs-count">{what}</span></summary>'
        pairs = value if isinstance(value, _Members) else enumerate(value)
        for count, (key, one) in enumerate(pairs):
            if count >= _MOST_IN_ONE or self.entries >= _MOST_ENTRIES or depth >= _MOST_DEPTH:
                self.cut = True
                yield f'<div class="hs-note">… {len(value) - count:,} more</div>'
                break
            yield from self.parts(str(key), one, depth + 1)
        yield "</details>"


def _plain(value: Any) -> str:
    return value if isinstance(value, _Spelled) else _written(json.dumps(value, ensure_ascii=False))


def _written(text: str) -> str:
    """A text with what is no character, but half of one that JSON can name, as it is written there."""
    return text.encode(errors="backslashreplace").decode()


def _class(value: Any) -> str:
    if isinstance(value, _Spelled):
        return "hs-figure"
    return "hs-string" if isinstance(value, str) else "hs-constant"


def _short(text: str) -> str:
    return text if len(text) <= _MOST_TEXT else text[:_MOST_TEXT] + " …"
