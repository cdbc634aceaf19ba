"""Colours of source code: Pygments, classes only. What it gives is escaped by Pygments."""

from __future__ import annotations

from functools import cache, lru_cache
from html import escape

from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import find_lexer_class_for_filename, get_lexer_by_name
from pygments.lexers.special import TextLexer
from pygments.util import ClassNotFound

#: More than this is shown without colours: time grows with it.
_MOST_CHARACTERS = 600_000


class _Bare(HtmlFormatter[str]):
    """Without a `<pre>` around it."""

    def __init__(self) -> None:
        super().__init__(nowrap=True)


@cache
def _bare() -> _Bare:
    return _Bare()


def lexer_named(language: object) -> Lexer:
    """How to read a language by its name; as text if it is not known. Any value is borne, it comes from users."""
    return _lexer_named(str(language)[:50].strip().lower())


@lru_cache(100)
def _lexer_named(language: str) -> Lexer:
    try:
        return get_lexer_by_name(language, ensurenl=False, stripnl=False)
    except ClassNotFound:
        return TextLexer(ensurenl=False, stripnl=False)


def lexer_for(name: str) -> Lexer:
    """How to read a file of this name; as text if it is not known."""
    # By the name alone: looking at the code would run the guesses of all lexers over it.
    found = find_lexer_class_for_filename(name)
    return (found or TextLexer)(ensurenl=False, stripnl=False)


def coloured(source: str, lexer: Lexer) -> str:
    """Code as HTML, to be put into a `<pre>`."""
    if len(source) > _MOST_CHARACTERS or isinstance(lexer, TextLexer):
        return escape(source)
    return highlight(source, lexer, _bare())


def block(source: str, language: object) -> str:
    """Code as a `<pre>`."""
    return f'<pre class="hs-code"><code>{coloured(source, lexer_named(language))}</code></pre>'
