"""Text as a terminal shows it: colours, links, what was written over, and none of the other signs for terminals."""

from __future__ import annotations

import re
from html import escape

from nbconvert.filters import ansi2html

_LINK = re.compile(
    r"\x1b\]8;[^;\x07\x1b]{0,200};(https?:[^\x07\x1b\s]{1,2000})(?:\x07|\x1b\\)([^\n]{0,2000}?)\x1b\]8;;(?:\x07|\x1b\\)"
)
_OTHER = re.compile(r"\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|\x1b[^\[\]]|[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]")
#: Nobody can write these: they are taken out first.
_BEGIN, _MIDDLE, _END = "\x01", "\x02", "\x03"
_MARKED = re.compile(f"{_BEGIN}([^{_MIDDLE}]*){_MIDDLE}(.*?){_END}", re.DOTALL)


def coloured(text: str) -> str:
    """The text as HTML, still to be cleaned: with its colours and links."""
    if "\x1b]8;" in text:
        parts, at = [], 0
        for link in _LINK.finditer(text):
            parts += [_plain(text[at : link.start()]), _BEGIN, link[1], _MIDDLE, _plain(link[2]), _END]
            at = link.end()
        text = "".join([*parts, _plain(text[at:])])
    else:
        text = _plain(text)
    html: str = ansi2html(text)  # type: ignore[no-untyped-call]
    return _MARKED.sub(lambda link: f'<a href="{link[1]}">{link[2]}</a>', html)


def coloured_line(line: str) -> str:
    """A line of a file as HTML: coloured where it says so."""
    return coloured(line) if "\x1b" in line else escape(line)


def _plain(text: str) -> str:
    if "\b" in text:
        text = _backspaced(text)
    return _OTHER.sub("", text)


def _backspaced(text: str) -> str:
    """The text with each character gone that was taken back; none is at the beginning of a line."""
    kept: list[str] = []
    for one in re.split("(\b)", text):
        if one != "\b":
            kept.extend(one)
        elif kept and kept[-1] != "\n":
            kept.pop()
    return "".join(kept)
