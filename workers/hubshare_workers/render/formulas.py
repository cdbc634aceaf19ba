"""Formulas within text, found as Jupyter finds them: before Markdown is read, so that it changes nothing in them.

Between `$`, `$$`, `\\\\(…\\\\)`, `\\\\[…\\\\]`, or `\\begin…\\end`, and references to them. Unlike in Jupyter sums of
money are none: `$5 or $10` stays as it is.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from html import escape, unescape
from typing import NamedTuple

from hubshare_workers.render import clean

#: Longer ones are none, so that looking for their ends takes bounded time.
_LONGEST = 10_000
#: So many dollars may stand within the braces of a formula, as in `\text{where $x$ is odd}`.
_MOST_INNER = 8
#: Begins what stands for a formula while Markdown is read; nobody who writes a text can know it.
_KEY = f"hsq{secrets.token_hex(12)}q"
_PLACE = re.compile(_KEY + r"(\d+)z")
_BEGINNINGS = r"""
    \\\\(?P<fence>[(\[])
  | \\(?P<escaped>[^(\[A-Za-z])
  | \\begin\{(?P<environment>[A-Za-z]{1,20}\*?)\}
  | (?P<reference>\\(?:eq)?ref\{[^{}\n]{1,100}\})
  | \$`(?P<quoted>[^`\n]+)`\$
  | (?P<dollars>\$\$?)
"""
_IN_TEXT = re.compile(_BEGINNINGS.replace(r"\\\\(?P", r"\\(?P", 1), re.VERBOSE)
_CODE = r"""
  | ^[ >]*(?:(?:[-*+]|\d{1,9}[.)])[ ]+)?(?P<block>`{3,}|~{3,})[^\n`]*$
  | (?P<ticks>`+)
  | <(?P<element>pre|code|script|style|!--)\b
"""
_IN_MARKDOWN = re.compile(_BEGINNINGS + _CODE, re.VERBOSE | re.MULTILINE | re.IGNORECASE)
_INSIDE = re.compile(r"\\.|[{}$]|\n[ \t>]*\n", re.DOTALL)
_BLANK = re.compile(r"\n[ \t>]*\n")
_TAG = re.compile(r"""(<(?:[^"'<>]|"[^"]*"|'[^']*')*>)""")
_UNTOUCHED = re.compile(r"<(/?)(pre|code)\b")


class _Found(NamedTuple):
    """A formula in a text: from where to where, and as the page is to have it."""

    start: int
    end: int
    source: str


class Formulas:
    """The formulas of a text in Markdown, which other words stand for while that is read."""

    def __init__(self) -> None:
        self._sources: list[tuple[str, str]] = []

    def take_out(self, text: str) -> str:
        """The text with other words for its formulas."""
        if "$" not in text and "\\" not in text:
            return text
        parts, at = [], 0
        for found in _find(text, _IN_MARKDOWN):
            parts += [text[at : found.start], f"{_KEY}{len(self._sources)}z"]
            self._sources.append((found.source, text[found.start : found.end]))
            at = found.end
        return "".join([*parts, text[at:]])

    def take_out_of_html(self, html: str) -> str:
        """A block of HTML with other words for its formulas between single backslashes, which Markdown leaves alone there."""
        if "\\" not in html:
            return html
        parts = []
        for part, is_text in parts_of(html):
            at = 0
            for found in _find(part, _IN_TEXT) if is_text else ():
                if found.source.startswith(("\\(", "\\[")):
                    parts += [part[at : found.start], f"{_KEY}{len(self._sources)}z"]
                    self._sources.append((found.source, part[found.start : found.end]))
                    at = found.end
            parts.append(part[at:])
        return "".join(parts)

    def written(self, text: str) -> str:
        """A part of the text as it was written."""
        return _PLACE.sub(lambda place: self._sources[int(place[1])][1], text) if _KEY in text else text

    def in_text(self, text: str) -> str:
        """A part of the text as HTML, with its formulas in elements of their own."""
        return _PLACE.sub(lambda place: formula(self._sources[int(place[1])][0]), escape(text))

    def in_html(self, html: str) -> str:
        """HTML that is a part of the text, with its formulas; not clean yet."""
        if _KEY not in html:
            return html
        return "".join(
            _PLACE.sub(lambda place: escape(self._sources[int(place[1])][1]), part)
            if part.startswith("<")
            else _PLACE.sub(lambda place: formula(unescape(self._sources[int(place[1])][0])), part)
            for part in _TAG.split(html)
        )


def formula(source: str) -> str:
    """The element in which the page sets a formula."""
    return clean.marked(f'<span class="hs-math">{escape(source)}</span>')


def in_plain(text: str) -> str:
    """Plain text as HTML, with its formulas in elements of their own; still to be cleaned as a whole."""
    parts, at = [], 0
    for found in _find(text, _IN_TEXT):
        parts += [escape(text[at : found.start], quote=False), f'<span class="hs-math">{escape(found.source)}</span>']
        at = found.end
    return "".join([*parts, escape(text[at:], quote=False)])


def in_clean(html: str) -> str:
    """Clean HTML, with the formulas of its text, but for code, in elements of their own; still to be cleaned as a whole."""
    if "$" not in html and "\\" not in html:
        return html
    return "".join(in_plain(unescape(part)) if is_text else part for part, is_text in parts_of(html))


def parts_of(html: str) -> Iterator[tuple[str, bool]]:
    """The parts of HTML, each with whether it is text; tags and what lies in code is not."""
    inside = 0
    for part in _TAG.split(html):
        if untouched := _UNTOUCHED.match(part):
            inside = max(0, inside + (-1 if untouched[1] else 1))
        yield part, not inside and not part.startswith("<")


def _find(text: str, beginnings: re.Pattern[str]) -> Iterator[_Found]:
    """All formulas of a text, in order."""
    at = 0
    while begun := beginnings.search(text, at):
        at = begun.end()
        found = _formula(text, begun)
        if found is not None:
            yield found
            at = found.end
        elif begun["dollars"] == "$$":
            continue
        elif "ticks" in begun.groupdict():
            at = _behind_code(text, begun)


def _formula(text: str, begun: re.Match[str]) -> _Found | None:
    """The formula that begins there, if one does."""
    start, at = begun.span()
    if begun["fence"]:
        close = "\\" * (at - start - 1) + {"(": ")", "[": "]"}[begun["fence"]]
        end = text.find(close, at, at + _LONGEST)
        if end < 0 or not (inside := text[at:end]).strip() or _BLANK.search(inside):
            return None
        return _Found(start, end + len(close), f"\\{begun['fence']}{_lines(text, start, inside)}\\{close[-1]}")
    if name := begun["environment"]:
        end = text.find(f"\\end{{{name}}}", at, at + _LONGEST)
        if end < 0:
            return None
        end += len(name) + 6
        return _Found(start, end, _lines(text, start, text[start:end]))
    if begun["reference"]:
        return _Found(start, at, begun["reference"])
    if begun["quoted"]:
        return _Found(start, at, f"${begun['quoted']}$")
    if begun["dollars"] == "$$":
        return _display(text, start, at)
    return _inline(text, start, at) if begun["dollars"] else None


def _display(text: str, start: int, at: int) -> _Found | None:
    end = text.find("$$", at, at + _LONGEST)
    if end < 0 or not (inside := text[at:end]).strip():
        return None
    # Over an empty line only where it stands by itself: two words for "expensive" are none.
    alone = not text[text.rfind("\n", 0, start) + 1 : start].strip(" \t>")
    if _BLANK.search(inside) and not (alone and re.search(r"[\\^_=]", inside)):
        return None
    return _Found(start, end + 2, f"$${_lines(text, start, inside)}$$")


def _inline(text: str, start: int, at: int) -> _Found | None:
    depth = dollars = 0
    for mark in _INSIDE.finditer(text, at, at + _LONGEST):
        if mark[0] == "{":
            depth += 1
        elif mark[0] == "}":
            depth -= 1
        elif mark[0] == "$":
            dollars += 1
            if depth <= 0:
                inside = text[at : mark.start()]
                if depth < 0 or _is_money(inside, text[mark.end() : mark.end() + 1]):
                    return None
                return _Found(start, mark.end(), f"${_lines(text, start, inside)}$")
            if dollars > _MOST_INNER:
                return None
        elif mark[0].startswith("\n"):
            return None
    return None


def _is_money(inside: str, after: str) -> bool:
    """Return whether what stands between two dollars is not a formula, but words between two prices or names.

    Args:
        inside: what stands between them.
        after: the character after the second one.
    """
    if not inside.strip():
        return True
    if re.search(r"\\[A-Za-z]", inside):
        return False
    price = inside[0].isdigit()
    if price and (after.isdigit() or inside[-1].isspace()):
        return True
    if re.search(r"[\\^_{}=+*/<>|]", inside):
        # As in `$HOME/bin:$PATH`.
        return after.isalpha() and re.fullmatch(r"[A-Z_]{2,}[/:\w.-]*", inside) is not None
    words = re.findall(r"[A-Za-z]{2,}", inside)
    ragged = inside[0].isspace() != inside[-1].isspace() or (inside[0].isspace() and len(words) > 1)
    return (ragged and (bool(words) or after.isalnum())) or (after.isalnum() and len(inside) > 3)


def _lines(text: str, start: int, inside: str) -> str:
    """A formula of several lines without the signs of a quotation that it stands in."""
    if "\n" in inside and text[text.rfind("\n", 0, start) + 1 : start].lstrip().startswith(">"):
        return re.sub(r"\n[ \t]*(?:>[ \t]?)+", "\n", inside)
    return inside


def _behind_code(text: str, begun: re.Match[str]) -> int:
    """Where a text goes on behind code, in which there are no formulas."""
    at = begun.end()
    if marks := begun["block"]:
        closing = re.compile(rf"^[ >]*{re.escape(marks[0])}{{{len(marks)},}}[ \t]*$", re.MULTILINE)
        end = closing.search(text, at)
        return end.end() if end else len(text)
    if marks := begun["ticks"]:
        closing = re.compile(rf"(?<!`){marks}(?!`)|\n[ \t>]*\n")
        end = closing.search(text, at, at + 2 * _LONGEST)
        return end.end() if end and end[0].startswith("`") else at
    if name := begun["element"]:
        closer = "-->" if name == "!--" else f"</{name}"
        end_at = text.find(closer, at)
        return at if end_at < 0 else end_at + len(closer)
    return at
