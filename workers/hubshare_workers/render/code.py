"""Code and plain text: one row for each line, with an anchor (`L12`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pygments.lexers.special import TextLexer

from hubshare.config import KIB
from hubshare.rendering.kinds import BEGINNING, Kind
from hubshare.rendering.results import RenderResult
from hubshare_workers.render.clean import clean
from hubshare_workers.render.highlight import coloured, lexer_for
from hubshare_workers.render.terminal import coloured_line
from hubshare_workers.render.texts import said_of, text_of, whole_lines

#: A line longer than this is cut: a minified file is one line.
_MOST_LINE = 5000
#: Lines of one table.
_PIECE = 200


def render(inputs: Sequence[bytes], options: Mapping[str, Any]) -> RenderResult:
    """A text file, or its beginning. Meta: `lines`, `language`, `encoding`, `cut` (whether more of it cannot be shown)."""
    data = inputs[0]
    cut = len(data) > BEGINNING[Kind.CODE]
    begins = "beginning" in options
    text, encoding = text_of(data, cut=cut or begins)
    if begins:
        text = whole_lines(text)
    lexer = lexer_for(options["name"])
    source = "\n".join(_short(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    if "\x1b[" in source and isinstance(lexer, TextLexer):
        # A log of a terminal.
        lines = [clean(coloured_line(line)) for line in source.split("\n")]
    else:
        lines = _close_lines(coloured(source, lexer))
    if lines and not lines[-1]:
        lines.pop()
    rows = [
        f'<tr id="L{number}"><td class="hs-number"><a href="#L{number}">{number}</a></td><td><pre>{line}</pre></td></tr>\n'
        for number, line in enumerate(lines, 1)
    ]
    # In pieces, of which browsers lay out those alone that are looked at.
    tables = "".join(
        f'<table class="hs-code hs-lines"><tbody>\n{"".join(rows[at : at + _PIECE])}</tbody></table>'
        for at in range(0, len(rows), _PIECE)
    )
    note = (
        f'<p class="hs-note">The file is longer; its first {BEGINNING[Kind.CODE] // KIB} KiB are shown.</p>'
        if cut
        else ""
    )
    if not lines:
        note = '<p class="hs-note">This file is empty.</p>'
    meta = {"lines": len(lines), "language": lexer.name, "encoding": encoding, "cut": cut}
    return RenderResult(meta, said_of(encoding) + tables + note)


def _short(line: str) -> str:
    return line if len(line) <= _MOST_LINE else line[:_MOST_LINE] + " …"


def _close_lines(html: str) -> list[str]:
    """The lines of highlighted code. Pygments closes its spans at the end of each line, so they stand alone."""
    return html.split("\n")
