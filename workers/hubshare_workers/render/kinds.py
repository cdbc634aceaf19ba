"""Which function renders which kind. Importing this imports all libraries; only the rendering process does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hubshare.rendering.kinds import Kind
from hubshare.rendering.results import RenderResult
from hubshare_workers.render import (
    archive,
    binary,
    code,
    image,
    markdown,
    notebook,
    notebook_parts,
    parquet,
    table,
    tree,
)
from hubshare_workers.render.differences import conflict, notebooks, tables, texts

#: Takes the contents and the options of a request.
Function = Callable[[Sequence[bytes], Mapping[str, Any]], RenderResult]

RENDERERS: dict[str, Function] = {
    Kind.NOTEBOOK: notebook_parts.render,
    Kind.LIVE: notebook.render_live,
    Kind.MARKDOWN: markdown.render,
    Kind.CODE: code.render,
    Kind.TABLE: table.render,
    Kind.JSON: tree.render,
    Kind.IMAGE: image.render,
    Kind.PDF: image.render_pdf,
    Kind.MEDIA: image.render_media,
    Kind.ARCHIVE: archive.render,
    Kind.BINARY: binary.render,
    Kind.NOTEBOOK_DIFFERENCE: notebooks.render,
    Kind.TEXT_DIFFERENCE: texts.render,
    Kind.CONFLICT: conflict.render,
    Kind.TABLE_DIFFERENCE: tables.render,
}

#: A word in each sort of encoding that is guessed, of which each has a module of its own.
_WORDS = {"cp932": "日本語です。", "gb18030": "中文", "big5": "中文", "cp949": "한국어", "cp1251": "по-русски "}


def warm_up() -> None:
    """Render something of the slow kinds once, so that what they load on first use is loaded."""
    small = b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {"language_info": {"name": "python"}}, "cells": []}'
    cell = b'{"cell_type": "code", "id": "a", "metadata": {}, "source": "1", "outputs": [], "execution_count": 1}'
    first, second = small, small.replace(b"[]}", b"[" + cell + b"]}")
    notebook_parts.render([second], {})
    notebook.render_live([second], {})
    notebooks.render([first, second], {})
    markdown.render([b"# a\n\n| a |\n|---|\n| $b$ |\n\n```python\n1\n```\n"], {})
    code.render([b"a = 1\n"], {"name": "a.py"})
    for encoding, word in _WORDS.items():
        code.render([(word * 20).encode(encoding)], {"name": "a.txt"})
    parquet.load()
